"""The models between the two steps: the new ones, with what the old code still needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from stillroom.authoring.two_step.changes import (
    Change,
    Drop,
    DropTable,
    Narrow,
    Rename,
    Require,
    column_of,
    has_default,
)
from stillroom.catalog import Catalog, Column
from stillroom.drift.alembic_operations import copied

_LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'|-?\d+(?:\.\d+)?")


def has_literal_default(column: Column) -> bool:
    """Whether the column has a default, and that is a value and no expression."""
    return (
        has_default(column)
        and not column.default_is_expression
        and column.on_update is None
        and _LITERAL.fullmatch(str(column.default)) is not None
    )


def intermediate(
    metadata: Sequence[sa.MetaData],
    context: MigrationContext,
    changes: Sequence[Change],
    start: Catalog,
) -> list[sa.MetaData]:
    """A copy of ``metadata`` with what ``changes`` need; ``start`` are the tables before."""
    copies = [_copied(collection) for collection in metadata]
    tables = {
        (table.schema or "", table.name): table for copy in copies for table in copy.tables.values()
    }
    for change in changes:
        before = _reflected(change, context)
        if isinstance(change, DropTable):
            before.to_metadata(copies[0])
            continue
        table = tables[change.schema, change.table]
        match change:
            case Rename():
                _keep_both(table, change, start, before)
            case Drop():
                _keep(table, column_of(change, change.column, start), before)
            case Require():
                named(table, change.column).nullable = True
            case Narrow():
                named(table, change.column).type = named(before, change.column).type
    return copies


def _copied(metadata: sa.MetaData) -> sa.MetaData:
    new = sa.MetaData(schema=metadata.schema, naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        table.to_metadata(new)
    return new


def _reflected(change: Change, context: MigrationContext) -> sa.Table:
    assert context.connection is not None
    return sa.Table(
        change.table,
        sa.MetaData(),
        schema=change.schema or None,
        autoload_with=context.connection,
        resolve_fks=False,
    )


def _keep_both(table: sa.Table, rename: Rename, start: Catalog, before: sa.Table) -> None:
    old, new = column_of(rename, rename.old, start), named(table, rename.new)
    kept = _keep(table, old, before)
    if new.nullable:
        kept.nullable = True
    _set_default(new, kept.server_default if has_literal_default(old) else None)
    new.nullable = bool(new.nullable or old.nullable)


def _keep(table: sa.Table, old: Column, before: sa.Table) -> sa.Column[Any]:
    """Put the old column into the table; an INSERT may leave it out."""
    kept = copied(named(before, old.name))
    if not has_default(old) and old.generated is None:
        kept.nullable = True
    table.append_column(kept)
    _keep_indexes(table, old.name, before)
    return kept


def named(table: sa.Table, name: str) -> sa.Column[Any]:
    """The column of that name, whatever its key is."""
    return next(column for column in table.columns if column.name.lower() == name.lower())


def _set_default(column: sa.Column[Any], default: Any) -> None:
    column.server_default = None
    if default is not None:
        column.server_default = sa.DefaultClause(default.arg)
        # What is set after the column was made, SQLAlchemy must be told of.
        column.server_default._set_parent(column)


def _keep_indexes(table: sa.Table, name: str, before: sa.Table) -> None:
    """The old column's own indexes; one of the new column that has the name of one waits."""
    for index in before.indexes:
        if name in [getattr(part, "name", "") for part in index.expressions]:
            _remove(table, str(index.name))
            parts = [named(table, column.name) for column in index.columns]
            sa.Index(index.name, *parts, unique=index.unique, **index.dialect_kwargs)


def _remove(table: sa.Table, name: str) -> None:
    kept: set[Any] = {
        *(index for index in table.indexes if str(index.name).lower() == name.lower()),
        *(
            constraint
            for constraint in table.constraints
            if str(constraint.name or "").lower() == name.lower()
        ),
    }
    table.indexes.difference_update(kept)
    table.constraints.difference_update(kept)
