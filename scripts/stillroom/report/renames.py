"""Finds what statements rename, so that a new name is told from a new thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stillroom.catalog import Catalog, CatalogError, Session, execute, quoted_name
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import (
    AlterTable,
    ChangeColumn,
    RenameColumn,
    RenameTables,
    RenameTo,
    TableName,
)


def renamed(before: Catalog, statements: Iterable[str]) -> tuple[Catalog, tuple[str, ...]]:
    """``before`` with the names that the statements give, and what they rename in words."""
    session = Session.default(before.target)
    words = []
    for statement in statements:
        for sql, said in _renames(statement, before, session):
            try:
                before = execute(before, sql, session).catalog
            except CatalogError:
                continue  # the statements have made it themselves
            words.append(said)
    return before, tuple(words)


def _renames(statement: str, catalog: Catalog, session: Session) -> Iterator[tuple[str, str]]:
    """Each rename in a statement, as a statement of its own and in words."""
    try:
        parsed = parse(statement, catalog.target, session.sql_mode)
    except CatalogError:
        return
    if isinstance(parsed, RenameTables):
        for old, new in parsed.pairs:
            yield _table(old, new)
    elif isinstance(parsed, AlterTable):
        table = parsed.table
        for action in parsed.actions:
            match action:
                case RenameTo():
                    yield _table(table, action.table)
                case RenameColumn():
                    yield from _column(table, action.old_name, action.new_name)
                case ChangeColumn():
                    yield from _column(table, action.old_name, action.column.name)


def _table(old: TableName, new: TableName) -> tuple[str, str]:
    sql = f"RENAME TABLE {_path(old)} TO {_path(new)}"
    return sql, f"table {old.name} is renamed to {new.name}"


def _column(table: TableName, old: str, new: str) -> Iterator[tuple[str, str]]:
    if old.lower() != new.lower():
        names = f"{quoted_name(old)} TO {quoted_name(new)}"
        sql = f"ALTER TABLE {_path(table)} RENAME COLUMN {names}"
        yield sql, f"{table.name}.{old} is renamed to {new}"


def _path(table: TableName) -> str:
    return quoted_name(*filter(None, (table.schema, table.name)))
