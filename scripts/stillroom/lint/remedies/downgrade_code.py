"""The operations that take back what the statements of a revision do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stillroom.catalog import Column, Index
from stillroom.catalog.parser.syntax import CreateTable, DropTables, RenameTables
from stillroom.cost.alteration import Alteration
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import (
    add_column,
    alter_column,
    create_foreign_key,
    create_index,
    quoted,
)


def undo(acts: Iterable[Act]) -> list[str] | None:
    """The code of a downgrade; None where something cannot be brought back."""
    lines: list[str] = []
    for act in reversed([act for act in acts if act.kind in ("ddl", "dml")]):
        if act.kind == "dml":
            continue  # what rows were before is known to nobody
        found = list(_undone(act))
        if not found:
            return None
        lines += found
    return lines


def _undone(act: Act) -> Iterator[str]:
    """Nothing where there is no way back."""
    statement = act.statement
    if isinstance(statement, CreateTable):
        yield f"op.drop_table({quoted(statement.table.name)})"
    elif isinstance(statement, RenameTables):
        for old, new in reversed(statement.pairs):
            yield f"op.rename_table({quoted(new.name)}, {quoted(old.name)})"
    elif act.change is not None and not isinstance(statement, DropTables):
        yield from _altered_back(act)


def _altered_back(act: Act) -> Iterator[str]:
    change = act.change
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
