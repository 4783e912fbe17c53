"""Decides which clauses may share an ALTER TABLE with those of other statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.catalog import Catalog
from stillroom.catalog.parser.syntax import (
    Action,
    AddColumn,
    AddElement,
    AlterCheck,
    AlterColumn,
    AlterIndex,
    ChangeColumn,
    ConvertCharset,
    Drop,
    ForeignKeySpec,
    Hint,
    Literal,
    Now,
    Partition,
    RenameColumn,
    RenameIndex,
    RenameTo,
    SetOptions,
    TableName,
)

_ALL = "*"  # in place of the names of all columns


def is_free(action: Action) -> bool:
    """Whether the clause does its work without regard to others, and says nothing about how."""
    match action:
        case AddColumn(column=column):
            # A default that is computed row by row might see the others half-done.
            plain = column.default is None or isinstance(column.default, Literal | Now)
            return plain and not (action.if_not_exists or column.auto_increment)
        case Drop() | ChangeColumn() | RenameColumn() | AlterColumn() | RenameIndex():
            return not action.if_exists
        case AddElement() as add:
            return not add.element.if_not_exists
        case AlterIndex() as alter:
            return not alter.if_exists
        case AlterCheck() | SetOptions() | ConvertCharset():
            return True
        case RenameTo() | Hint() | Partition():
            return False


def are_independent(changes: Sequence[Sequence[Action]]) -> bool:
    """Whether no two changes are about one column or one constraint.

    Two definitions of a column would give the same table with other values in its rows. New
    foreign keys come with new indexes and keys at most: MySQL 9.7 dies of one on a column that the
    same ALTER renames.
    """
    every = [action for actions in changes for action in actions]
    if any(map(_refers, every)) and not all(isinstance(action, AddElement) for action in every):
        return False
    seen: set[str] = set()
    for actions in changes:
        columns = set(_columns(actions))
        if seen & columns or (seen and columns and _ALL in seen | columns):
            return False
        seen |= columns
    dropped = {name for actions in changes for name in _keys(actions, gone=True)}
    return dropped.isdisjoint(name for actions in changes for name in _keys(actions, gone=False))


def _refers(action: Action) -> bool:
    """Whether a foreign key comes."""
    if isinstance(action, AddElement):
        return isinstance(action.element, ForeignKeySpec)
    return isinstance(action, AddColumn | ChangeColumn) and action.column.reference is not None


def _columns(actions: Sequence[Action]) -> Iterator[str]:
    for action in actions:
        match action:
            case AddColumn(column=column):
                yield column.name.lower()
            case ChangeColumn(old_name=old, column=column):
                yield from (old.lower(), column.name.lower())
            case RenameColumn(old_name=old, new_name=new):
                yield from (old.lower(), new.lower())
            case AlterColumn(name=name) | Drop(kind="COLUMN", name=name):
                yield name.lower()
            case ConvertCharset():
                yield _ALL


def _keys(actions: Sequence[Action], *, gone: bool) -> Iterator[str]:
    """Names of foreign keys and CHECKs that go or come: servers refuse one name twice."""
    for action in actions:
        match action:
            case Drop(kind="FOREIGN KEY" | "CHECK" | "CONSTRAINT", name=name) if gone:
                yield name.lower()
            case AddElement(element=element) if not gone:
                yield (element.name or "").lower()


def looks_at_rows(name: TableName, actions: Sequence[Action], before: Catalog) -> bool:
    """Whether what comes out, or whether it fails, depends on the rows between two statements.

    Rows get their numbers in the order that they are read in. And a copy computes a generated
    column anew, which may fail, unless the same statement drops or changes it.
    """
    table = before.find(name.schema or next(iter(before.schemas)), name.name)
    for action in actions:
        column_name = getattr(action, "old_name", None) or getattr(action, "name", "")
        column = table.column(column_name) if table and column_name else None
        if isinstance(action, ChangeColumn) and action.column.auto_increment:
            if column is None or not column.auto_increment:
                return True
        elif isinstance(action, ChangeColumn | Drop) and column and column.generated is not None:
            return True
    return False
