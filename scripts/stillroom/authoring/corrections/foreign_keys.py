"""Corrects foreign keys: circles between tables, actions, and indexes made for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

import sqlalchemy as sa
from alembic.operations import ops as op

from stillroom.catalog import Catalog, ForeignKey, Index, Table, quoted_name
from stillroom.catalog.session import DEFAULT_SCHEMA


def without_cycles(
    upgrade: Sequence[op.MigrateOperation], downgrade: Sequence[op.MigrateOperation]
) -> tuple[list[op.MigrateOperation], list[op.MigrateOperation]]:
    """Add foreign keys to tables that are created later after those, and drop them before."""
    waiting = {
        (operation.schema, operation.table_name)
        for operation in upgrade
        if isinstance(operation, op.CreateTableOp)
    }
    added: list[op.MigrateOperation] = []
    dropped: list[op.MigrateOperation] = []
    for operation in upgrade:
        if not isinstance(operation, op.CreateTableOp):
            continue
        waiting.discard((operation.schema, operation.table_name))
        late = [item for item in operation.columns if _refers_to(item, waiting)]
        operation.columns = [item for item in operation.columns if not _refers_to(item, waiting)]
        for item in late:
            key = op.CreateForeignKeyOp.from_constraint(cast("sa.ForeignKeyConstraint", item))
            key.kw.pop("use_alter", None)
            added.append(key)
            dropped.append(op.DropConstraintOp.from_constraint(cast("sa.Constraint", item)))
    return [*upgrade, *added], [*dropped, *downgrade]


def _refers_to(item: Any, tables: Collection[tuple[str | None, str]]) -> bool:
    if not isinstance(item, sa.ForeignKeyConstraint):
        return False
    return (item.referred_table.schema, item.referred_table.name) in tables


def with_actions(operations: Sequence[op.MigrateOperation], catalog: Catalog) -> None:
    """Give the foreign keys that ``operations`` add the actions that they have in ``catalog``.

    SQLAlchemy does not reflect NO ACTION, but servers print it if it was written.
    """
    for operation in operations:
        if isinstance(operation, op.CreateForeignKeyOp):
            place = (
                operation.kw.get("source_schema"),
                operation.source_table,
                operation.constraint_name,
            )
            for event, action in _actions(catalog, *place):
                operation.kw.setdefault(event, action)
        elif isinstance(operation, op.CreateTableOp):
            for item in operation.columns:
                if isinstance(item, sa.ForeignKeyConstraint):
                    place = (operation.schema, operation.table_name, item.name)
                    for event, action in _actions(catalog, *place):
                        setattr(item, event, getattr(item, event) or action)


def _actions(catalog: Catalog, schema: Any, table: str, name: Any) -> Iterator[tuple[str, str]]:
    described = catalog.find(schema or DEFAULT_SCHEMA, table)
    key = _named(described, str(name)) if described else None
    for event in ("on_delete", "on_update"):
        if key and (action := getattr(key, event)):
            yield event.replace("_", ""), action


def _named(table: Table, name: str) -> ForeignKey | None:
    return next((key for key in table.foreign_keys if key.name.lower() == name.lower()), None)


def leftover_keys(before: Catalog, state: Catalog, goal: Catalog) -> Iterator[str]:
    """Statements that drop the indexes of foreign keys that were dropped since ``before``.

    They are no difference to the models, which never named them, but create_all() makes none.
    """
    for table in state.all_tables():
        old, new = before.find(table.schema, table.name), goal.find(table.schema, table.name)
        if old is None or new is None or old is table:
            continue
        left = {(key.name, key.columns) for key in table.foreign_keys}
        gone = {key.columns for key in old.foreign_keys if (key.name, key.columns) not in left}
        for index in table.indexes:
            if index.generated and index.columns in gone and new.index(index.name) is None:
                yield f"ALTER TABLE {table.sql_name} {_clause(index, table, new)}"


def _clause(index: Index, table: Table, goal: Table) -> str:
    for other in goal.indexes:
        if other.parts == index.parts and other.generated and table.index(other.name) is None:
            return f"RENAME INDEX {quoted_name(index.name)} TO {quoted_name(other.name)}"
    return f"DROP INDEX {quoted_name(index.name)}"
