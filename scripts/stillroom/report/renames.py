"""Finds what statements rename, so that a new name is told from a new thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Rename:
    """A table, or a column of ``table``, that has another name; ``sql`` does no more than that."""

    sql: str
    table: str
    old: str
    new: str

    def __str__(self) -> str:
        name = f"{self.table}.{self.old}" if self.table else f"table {self.old}"
        return f"{name} is renamed to {self.new}"


def renamed(before: Catalog, statements: Iterable[str]) -> tuple[Catalog, tuple[Rename, ...]]:
    """``before`` with the names that the statements give, and what they rename."""
    session = Session.default(before.target)
    renames = []
    for statement in statements:
        for rename in _renames(statement, before, session):
            try:
                before = execute(before, rename.sql, session).catalog
            except CatalogError:
                continue  # the statements have made it themselves
            renames.append(rename)
    return before, tuple(renames)


def _renames(statement: str, catalog: Catalog, session: Session) -> Iterator[Rename]:
    """Each rename in a statement."""
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


def _table(old: TableName, new: TableName) -> Rename:
    return Rename(f"RENAME TABLE {_path(old)} TO {_path(new)}", "", old.name, new.name)


def _column(table: TableName, old: str, new: str) -> Iterator[Rename]:
    if old.lower() != new.lower():
        names = f"{quoted_name(old)} TO {quoted_name(new)}"
        sql = f"ALTER TABLE {_path(table)} RENAME COLUMN {names}"
        yield Rename(sql, table.name, old, new)


def _path(table: TableName) -> str:
    return quoted_name(*filter(None, (table.schema, table.name)))
