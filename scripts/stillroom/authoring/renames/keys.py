"""Renames indexes, foreign keys and checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from alembic.operations import ops as op

from stillroom.authoring.operations.own import AddCheck, ServerStatements
from stillroom.authoring.operations.sqlite_equivalents import ModelDefinitions
from stillroom.authoring.renames.questions import Rename
from stillroom.catalog import Catalog, Check, ForeignKey, Table, quoted_name
from stillroom.catalog.printing.show_create import check_text, foreign_key_text
from stillroom.catalog.session import DEFAULT_SCHEMA

Both = tuple[ServerStatements, ServerStatements]


def renaming(rename: Rename, history: Catalog, models: ModelDefinitions) -> Both:
    """The operation that renames, and the one that undoes it.

    A server can rename only indexes. The others are dropped and added in one statement, so that no
    bad row gets in between.
    """
    table = history.find(rename.schema or DEFAULT_SCHEMA, rename.table)
    assert table is not None
    back = replace(rename, old=rename.new, new=rename.old)
    if rename.kind == "index":
        up, down = [_rename_index(table, rename)], [_rename_index(table, back)]
    elif rename.kind == "foreign key":
        key = _find(table.foreign_keys, rename.old)
        up, down = (_replace_foreign_key(table, key, each) for each in (rename, back))
    else:
        check = _find(table.checks, rename.old)
        up, down = (_replace_check(table, check, each) for each in (rename, back))
    forth, reverse = _equivalents(rename, table, models)
    return ServerStatements(up, forth), ServerStatements(down, reverse)


Part = TypeVar("Part", ForeignKey, Check)


def _find(parts: Sequence[Part], name: str) -> Part:
    return next(part for part in parts if part.name.lower() == name.lower())


def _rename_index(table: Table, rename: Rename) -> str:
    return (
        f"{alter_table(table)} RENAME INDEX {quoted_name(rename.old)} TO {quoted_name(rename.new)}"
    )


def _replace_foreign_key(table: Table, key: ForeignKey, rename: Rename) -> list[str]:
    new = foreign_key_text(table, replace(key, name=rename.new))
    return [f"{alter_table(table)} DROP FOREIGN KEY {quoted_name(rename.old)}, ADD {new}"]


def _replace_check(table: Table, check: Check, rename: Rename) -> list[str]:
    new = check_text(replace(check, name=rename.new))
    return [f"{alter_table(table)} DROP CONSTRAINT {quoted_name(rename.old)}, ADD {new}"]


def alter_table(table: Table) -> str:
    """``ALTER TABLE name``, with the schema where it is not the default one."""
    return f"ALTER TABLE {table.sql_name}"


def _equivalents(
    rename: Rename, table: Table, models: ModelDefinitions
) -> tuple[list[op.MigrateOperation], list[op.MigrateOperation]]:
    """The operations that rename on other databases, such as SQLite, and those that undo it."""
    model = models.table(table)
    items: list[sa.Index | sa.Constraint] = [*model.indexes, *model.constraints]
    for item in items:
        if str(item.name) == rename.new:
            up = [_dropped(rename.old, item), _added(rename.new, item, models)]
            down = [_dropped(rename.new, item), _added(rename.old, item, models)]
            place: dict[str, Any] = {"schema": rename.schema or None}
            return [op.ModifyTableOps(rename.table, up, **place)], [
                op.ModifyTableOps(rename.table, down, **place)
            ]
    return [], []


def _added(
    name: str, item: sa.Index | sa.Constraint, models: ModelDefinitions
) -> op.MigrateOperation:
    if isinstance(item, sa.CheckConstraint):
        return AddCheck(name, item.table.name, models.text(item), schema=item.table.schema)
    make: Any = op.CreateIndexOp.from_index
    if isinstance(item, sa.Constraint):
        make = op.AddConstraintOp.from_constraint
    added = make(item)
    setattr(added, "index_name" if isinstance(item, sa.Index) else "constraint_name", name)
    return cast("op.MigrateOperation", added)


_TYPES = {sa.UniqueConstraint: "unique", sa.CheckConstraint: "check"}


def _dropped(name: str, item: sa.Index | sa.Constraint) -> op.MigrateOperation:
    assert item.table is not None
    table, schema = item.table.name, item.table.schema
    if isinstance(item, sa.Index):
        return op.DropIndexOp(name, table, schema=schema)
    type_ = _TYPES.get(type(item), "foreignkey")
    return op.DropConstraintOp(name, table, type_=type_, schema=schema)
