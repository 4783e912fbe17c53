"""Leave out the clauses of an ALTER TABLE that IF EXISTS or IF NOT EXISTS makes void."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.syntax import (
    Action,
    AddColumn,
    AddElement,
    AlterColumn,
    AlterIndex,
    ChangeColumn,
    CheckSpec,
    Drop,
    ForeignKeySpec,
    RenameColumn,
    RenameIndex,
)
from stillroom.catalog.table import Table

_Note = tuple[int, str]


def without_vain_clauses(
    actions: Sequence[Action], table: Table
) -> tuple[list[Action], list[_Note]]:
    """The clauses that remain, and a note for each one that is left out."""
    kept: list[Action] = []
    notes: list[_Note] = []
    added: set[str] = set()
    for action in actions:
        note = _note(action, table, added)
        if note is None:
            kept.append(action)
        else:
            error = refusal(*note)
            notes.append((error.number, error.message))
        if isinstance(action, AddColumn):
            added.add(action.column.name.lower())
    return kept, notes


def _note(  # noqa: C901 - one branch per clause
    action: Action, table: Table, added: set[str]
) -> tuple[int, str] | tuple[int, str, str] | None:
    """The error that the condition turns into a note, if the clause has nothing to do."""
    match action:
        case AddColumn(if_not_exists=True, column=column):
            if table.column(column.name) or column.name.lower() in added:
                return er.DUP_FIELDNAME, column.name
        case ChangeColumn(if_exists=True) | RenameColumn(if_exists=True):
            if table.column(action.old_name) is None:
                return er.BAD_FIELD_ERROR, action.old_name, table.name
        case AlterColumn(if_exists=True):
            if table.column(action.name) is None:
                return er.BAD_FIELD_ERROR, action.name, table.name
        case AddElement(element=element) if element.if_not_exists:
            return _element_note(element, table)
        case Drop(if_exists=True):
            if not _exists(action, table):
                return er.CANT_DROP_FIELD_OR_KEY, action.name
        case RenameIndex(if_exists=True):
            if table.index(action.old_name) is None:
                return er.KEY_DOES_NOT_EXIST, action.old_name, table.name
        case AlterIndex(if_exists=True):
            if table.index(action.name) is None:
                return er.KEY_DOES_NOT_EXIST, action.name, table.name
    return None


def _element_note(element: object, table: Table) -> tuple[int, str] | None:
    if isinstance(element, ForeignKeySpec):
        name = element.name or element.index_name
        if name and any(key.name.lower() == name.lower() for key in table.foreign_keys):
            return er.FK_DUP_NAME, name
        return None
    if isinstance(element, CheckSpec):
        name = element.name
        if name and any(check.name.lower() == name.lower() for check in table.checks):
            return er.FK_DUP_NAME, name
        return None
    kind, name = getattr(element, "kind", ""), getattr(element, "name", None)
    if kind == "PRIMARY":
        return (er.MULTIPLE_PRI_KEY, "") if table.primary_key else None
    parts = getattr(element, "parts", ())
    name = name or (parts[0].column if parts else "")
    return (er.DUP_KEYNAME, name) if table.index(name) else None


def _exists(drop: Drop, table: Table) -> bool:
    folded = drop.name.lower()
    is_column = table.column(folded) is not None
    is_index = table.index(folded) is not None
    is_key = any(key.name.lower() == folded for key in table.foreign_keys)
    is_check = any(check.name.lower() == folded for check in table.checks)
    match drop.kind:
        case "COLUMN":
            return is_column
        case "FOREIGN KEY":
            return is_key
        case "CHECK":
            return is_check
        case "CONSTRAINT":
            return is_index or is_key or is_check
    return is_index
