"""Gives indexes, foreign keys and checks other names, and changes nothing else of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from alembic.operations import ops as op

from stillroom.authoring.operations.own import AddCheck, ServerStatements
from stillroom.authoring.operations.sqlite_equivalents import Models
from stillroom.authoring.renames.questions import Rename
from stillroom.catalog import Catalog, Check, ForeignKey, Table
from stillroom.catalog.printing.show_create import check_text, foreign_key_text
from stillroom.catalog.printing.text import name_text
from stillroom.catalog.session import DEFAULT_SCHEMA

Both = tuple[ServerStatements, ServerStatements]


def renaming(one: Rename, history: Catalog, models: Models) -> Both:
    """The operation that renames, and the one that undoes it.

    Only indexes can be renamed on a server. The others are taken off and put on in one statement,
    so that no row gets in between.
    """
    table = history.find(one.schema or DEFAULT_SCHEMA, one.table)
    assert table is not None
    back = replace(one, old=one.new, new=one.old)
    if one.kind == "index":
        up, down = [_rename_index(table, one)], [_rename_index(table, back)]
    elif one.kind == "foreign key":
        key = _find(table.foreign_keys, one.old)
        up, down = (_replace_foreign_key(table, key, each) for each in (one, back))
    else:
        check = _find(table.checks, one.old)
        up, down = (_replace_check(table, check, each) for each in (one, back))
    forth, reverse = _elsewhere(one, table, models)
    return ServerStatements(up, forth), ServerStatements(down, reverse)


Thing = TypeVar("Thing", ForeignKey, Check)


def _find(things: Sequence[Thing], name: str) -> Thing:
    return next(thing for thing in things if thing.name.lower() == name.lower())


def _rename_index(table: Table, one: Rename) -> str:
    return f"{alter(table)} RENAME INDEX {name_text(one.old)} TO {name_text(one.new)}"


def _replace_foreign_key(table: Table, key: ForeignKey, one: Rename) -> list[str]:
    new = foreign_key_text(table, replace(key, name=one.new))
    return [f"{alter(table)} DROP FOREIGN KEY {name_text(one.old)}, ADD {new}"]


def _replace_check(table: Table, check: Check, one: Rename) -> list[str]:
    new = check_text(replace(check, name=one.new))
    return [f"{alter(table)} DROP CONSTRAINT {name_text(one.old)}, ADD {new}"]


def alter(table: Table) -> str:
    own = name_text(table.name)
    if table.schema != DEFAULT_SCHEMA:
        own = f"{name_text(table.schema)}.{own}"
    return f"ALTER TABLE {own}"


def _elsewhere(
    one: Rename, table: Table, models: Models
) -> tuple[list[op.MigrateOperation], list[op.MigrateOperation]]:
    """What does it where there are no such statements, as on SQLite."""
    model = models.table(table)
    items: list[sa.Index | sa.Constraint] = [*model.indexes, *model.constraints]
    for item in items:
        if str(item.name) == one.new:
            up = [_dropped(one.old, item), _added(one.new, item, models)]
            down = [_dropped(one.new, item), _added(one.old, item, models)]
            place: dict[str, Any] = {"schema": one.schema or None}
            return [op.ModifyTableOps(one.table, up, **place)], [
                op.ModifyTableOps(one.table, down, **place)
            ]
    return [], []


def _added(name: str, item: sa.Index | sa.Constraint, models: Models) -> op.MigrateOperation:
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
