"""Writes the downgrade() that undoes the statements of a revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stillroom.catalog import Column, Index
from stillroom.catalog.parser.syntax import CreateTable, DropTables, RenameTables
from stillroom.cost.alteration import Alteration
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.python_code import (
    add_column,
    alter_column,
    create_foreign_key,
    create_index,
    quoted,
)


def downgrade_code(statements_of: Iterable[RevisionStatement]) -> list[str] | None:
    """The lines of the downgrade; None where something cannot be undone."""
    lines: list[str] = []
    for statement in reversed(
        [statement for statement in statements_of if statement.kind in ("ddl", "dml")]
    ):
        if statement.kind == "dml":
            continue  # what rows were before is known to nobody
        undone = list(_undone(statement))
        if not undone:
            return None
        lines += undone
    return lines


def _undone(statement: RevisionStatement) -> Iterator[str]:
    """Nothing where there is no way back."""
    parsed = statement.parsed
    if isinstance(parsed, CreateTable):
        yield f"op.drop_table({quoted(parsed.table.name)})"
    elif isinstance(parsed, RenameTables):
        for old, new in reversed(parsed.pairs):
            yield f"op.rename_table({quoted(new.name)}, {quoted(old.name)})"
    elif statement.change is not None and not isinstance(parsed, DropTables):
        yield from _altered_back(statement)


def _altered_back(statement: RevisionStatement) -> Iterator[str]:
    change = statement.change
    assert change is not None
    before, after = change.before, change.after
    if before.name != after.name:
        yield f"op.rename_table({quoted(after.name)}, {quoted(before.name)})"
    yield from _dropped(change, quoted(before.name))
    for old, new in change.changed:
        yield alter_column(before, new, old)
    for column in change.dropped:
        yield add_column(before, column)
    for index in _by_hand(change.old_indexes, ()):
        yield create_index(before, index)
    for key in before.foreign_keys:
        if all(key.name != other.name for other in after.foreign_keys):
            yield create_foreign_key(before, key)


def _dropped(change: Alteration, table: str) -> Iterator[str]:
    for key in change.new_keys:
        yield f'op.drop_constraint({quoted(key.name)}, {table}, type_="foreignkey")'
    for check in change.new_checks:
        yield f'op.drop_constraint({quoted(check.name)}, {table}, type_="check")'
    for index in _by_hand(change.new_indexes, change.added):
        yield f"op.drop_index({quoted(index.name)}, table_name={table})"
    for column in reversed(change.added):
        yield f"op.drop_column({table}, {quoted(column.name)})"


def _by_hand(indexes: Iterable[Index], columns: Iterable[Column]) -> Iterator[Index]:
    """Those that no server makes by itself, and that do not come and go with ``columns``."""
    names = {column.name for column in columns}
    for index in indexes:
        if index.kind != "PRIMARY" and not index.generated and not set(index.columns) <= names:
            yield index
