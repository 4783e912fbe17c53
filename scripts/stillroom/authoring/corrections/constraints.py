"""Names the constraints that the models leave unnamed, and keeps unique constraints as such.

For MySQL a unique constraint is an index. On SQLite it is part of its table, and cannot be dropped
as an index; and a constraint without a name cannot be changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op

from stillroom.catalog import Catalog
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.project.alembic_env import alembic_internals


def with_names(
    upgrade: Sequence[op.MigrateOperation],
    downgrade: Sequence[op.MigrateOperation],
    history: Catalog,
    goal: Catalog,
) -> None:
    """Give new unique constraints and foreign keys the names that the server chooses.

    Only where that name is free in ``history``: otherwise the server chooses another. A table that
    gets some of its foreign keys later names all of them, lest it give the first one such a name.
    """
    late = {
        _place(operation) for operation in upgrade if isinstance(operation, op.CreateForeignKeyOp)
    }
    for operation in upgrade:
        if isinstance(operation, op.CreateTableOp):
            place = (operation.schema, operation.table_name)
            for item in operation.columns if place in late else ():
                if isinstance(item, sa.ForeignKeyConstraint) and not item.name:
                    key = op.CreateForeignKeyOp.from_constraint(item)
                    item.name = _chosen(key, history, goal)
        if isinstance(operation, (op.CreateUniqueConstraintOp, op.CreateForeignKeyOp)):
            operation.constraint_name = operation.constraint_name or _chosen(
                operation, history, goal
            )
    for operation in downgrade:
        if isinstance(operation, op.DropConstraintOp) and not operation.constraint_name:
            operation.constraint_name = _chosen(
                alembic_internals.dropped_constraint(operation), history, goal
            )


def _place(key: op.CreateForeignKeyOp) -> tuple[str | None, str]:
    return key.kw.get("source_schema"), key.source_table


def _chosen(operation: Any, history: Catalog, goal: Catalog) -> str | None:
    if isinstance(operation, op.CreateForeignKeyOp):
        place, columns = _place(operation), operation.local_cols
    elif isinstance(operation, op.CreateUniqueConstraintOp):
        place, columns = (operation.schema, operation.table_name), list(operation.columns)
    else:
        return None
    before, after = (
        catalog.find(place[0] or DEFAULT_SCHEMA, place[1]) for catalog in (history, goal)
    )
    if after is None:
        return None
    if isinstance(operation, op.CreateForeignKeyOp):
        names = [key.name for key in after.foreign_keys if [*key.columns] == columns]
    else:
        uniques = [index for index in after.indexes if index.kind == "UNIQUE"]
        names = [index.name for index in uniques if [*index.columns] == columns]
    taken = {key.name.lower() for key in before.foreign_keys} if before else set()
    taken |= {index.name.lower() for index in before.indexes} if before else set()
    return names[0] if len(names) == 1 and names[0].lower() not in taken else None


def as_constraints(
    operations: Sequence[op.MigrateOperation], history: Catalog
) -> list[op.MigrateOperation]:
    """``operations`` that treat the unique constraints of the history as constraints."""
    return [_as_constraint(operation, history) for operation in operations]


def _as_constraint(operation: op.MigrateOperation, history: Catalog) -> op.MigrateOperation:
    if (
        not isinstance(operation, (op.DropIndexOp, op.CreateIndexOp))
        or operation.table_name is None
    ):
        return operation
    table = history.find(operation.schema or DEFAULT_SCHEMA, operation.table_name)
    index = table.index(str(operation.index_name)) if table else None
    if index is None or not index.constraint or any(part.length for part in index.parts):
        return operation
    if isinstance(operation, op.DropIndexOp):
        return op.DropConstraintOp(
            index.name, operation.table_name, type_="unique", schema=operation.schema
        )
    columns = list(index.columns)
    return op.CreateUniqueConstraintOp(
        index.name, operation.table_name, columns, schema=operation.schema
    )
