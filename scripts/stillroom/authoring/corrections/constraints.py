"""Names for constraints that the models leave without one, and unique keys that are constraints.

To MySQL a unique key is a unique key. On SQLite one that was made as a constraint is part of its
table, and no index that could be dropped; and no constraint can be changed that has no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alembic.operations import ops as op

from stillroom.catalog import Catalog
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.project import alembic_internals


def with_names(
    upgrade: Sequence[op.MigrateOperation],
    downgrade: Sequence[op.MigrateOperation],
    history: Catalog,
    goal: Catalog,
) -> None:
    """Give new unique constraints and foreign keys the names that the server chooses for them.

    Only where such a name is free in ``history``: else the server will choose another.
    """
    for one in upgrade:
        if isinstance(one, (op.CreateUniqueConstraintOp, op.CreateForeignKeyOp)):
            one.constraint_name = one.constraint_name or _chosen(one, history, goal)
    for one in downgrade:
        if isinstance(one, op.DropConstraintOp) and not one.constraint_name:
            one.constraint_name = _chosen(alembic_internals.dropped_constraint(one), history, goal)


def _chosen(one: Any, history: Catalog, goal: Catalog) -> str | None:
    if isinstance(one, op.CreateForeignKeyOp):
        place, columns = (one.kw.get("source_schema"), one.source_table), one.local_cols
    elif isinstance(one, op.CreateUniqueConstraintOp):
        place, columns = (one.schema, one.table_name), list(one.columns)
    else:
        return None
    before, after = (each.find(place[0] or DEFAULT_SCHEMA, place[1]) for each in (history, goal))
    if after is None:
        return None
    if isinstance(one, op.CreateForeignKeyOp):
        names = [each.name for each in after.foreign_keys if [*each.columns] == columns]
    else:
        uniques = [each for each in after.indexes if each.kind == "UNIQUE"]
        names = [each.name for each in uniques if [*each.columns] == columns]
    taken = {each.name.lower() for each in before.foreign_keys} if before else set()
    taken |= {each.name.lower() for each in before.indexes} if before else set()
    return names[0] if len(names) == 1 and names[0].lower() not in taken else None


def as_constraints(
    operations: Sequence[op.MigrateOperation], history: Catalog
) -> list[op.MigrateOperation]:
    """``operations`` that drop, and bring back, as constraints what the history made as such."""
    return [_as_constraint(one, history) for one in operations]


def _as_constraint(one: op.MigrateOperation, history: Catalog) -> op.MigrateOperation:
    if not isinstance(one, (op.DropIndexOp, op.CreateIndexOp)) or one.table_name is None:
        return one
    table = history.find(one.schema or DEFAULT_SCHEMA, one.table_name)
    index = table.index(str(one.index_name)) if table else None
    if index is None or not index.constraint or any(part.length for part in index.parts):
        return one
    if isinstance(one, op.DropIndexOp):
        return op.DropConstraintOp(index.name, one.table_name, type_="unique", schema=one.schema)
    columns = list(index.columns)
    return op.CreateUniqueConstraintOp(index.name, one.table_name, columns, schema=one.schema)
