"""What a statement of MySQL's own is in operations, for the databases that lack it: SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext

from stillroom.authoring.operations.own import AddCheck, AddPrimaryKey
from stillroom.catalog import Catalog, Table
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.alembic_operations import copied
from stillroom.drift.difference import Difference

_INTRODUCER = re.compile(r"(?<!\w)_\w+(?=')")


class Origin(Protocol):
    """Where the tables of a catalog come from, and what they are there in SQLAlchemy's words."""

    def column(self, table: Table, name: str) -> sa.Column[Any] | None:
        """A column of ``table`` that belongs to no table itself."""

    def check(self, table: Table, name: str) -> str:
        """The text of a CHECK."""


@dataclass(frozen=True)
class Models:
    """The tables of a catalog that was built from models."""

    metadata: Sequence[sa.MetaData]
    context: MigrationContext

    def column(self, table: Table, name: str) -> sa.Column[Any] | None:
        for column in self.table(table).columns:
            if column.name.lower() == name.lower():
                return copied(column)
        return None

    def check(self, table: Table, name: str) -> str:
        for one in self.table(table).constraints:
            if isinstance(one, sa.CheckConstraint) and str(one.name).lower() == name.lower():
                return self.text(one)
        return _text_of_check(table, name)  # the server has named it

    def text(self, check: sa.CheckConstraint) -> str:
        """What a CHECK says."""
        # The compiler doubles what the driver's formatting would undo.
        return self.context.impl.render_ddl_sql_expr(check.sqltext).replace("%%", "%")

    def table(self, table: Table) -> sa.Table:
        """The model of a table."""
        schemas = {None, self.context.bind.engine.url.database if self.context.bind else None}
        return next(
            one
            for metadata in self.metadata
            for one in metadata.tables.values()
            if one.name == table.name
            and (
                one.schema in schemas
                if table.schema == DEFAULT_SCHEMA
                else one.schema == table.schema
            )
        )


@dataclass(frozen=True)
class Reflected:
    """The tables that the connection of ``context`` has."""

    context: MigrationContext

    def column(self, table: Table, name: str) -> sa.Column[Any] | None:
        assert self.context.connection is not None
        schema = None if table.schema == DEFAULT_SCHEMA else table.schema
        for known in sa.inspect(self.context.connection).get_columns(table.name, schema):
            if known["name"].lower() == name.lower():
                computed = known.get("computed")
                items = [sa.Computed(**computed)] if computed else []
                options: dict[str, Any] = {"nullable": known["nullable"]}
                return sa.Column(known["name"], known["type"], *items, **options)
        return None

    def check(self, table: Table, name: str) -> str:
        return _text_of_check(table, name)


def _text_of_check(table: Table, name: str) -> str:
    check = next(one for one in table.checks if one.name.lower() == name.lower())
    return _INTRODUCER.sub("", check.expression)  # of a character set, which is MySQL's alone


def elsewhere(
    found: Sequence[Difference], before: Catalog, after: Catalog, origin: Origin
) -> list[op.MigrateOperation]:
    """The operations that no autogenerate knows, for the differences ``found``.

    ``origin`` is that of the tables of ``after``.
    """
    operations: list[op.MigrateOperation] = []
    for one in found:
        place = (one.schema or DEFAULT_SCHEMA, one.table)
        old, new = before.find(*place), after.find(*place)
        if old is not None and new is not None:
            operations += _operations(one, old, new, origin)
    return operations


def _operations(
    one: Difference, old: Table, new: Table, origin: Origin
) -> Iterator[op.MigrateOperation]:
    place: dict[str, Any] = {"schema": one.schema or None}
    if one.kind == "check":
        if one.history:
            yield op.DropConstraintOp(one.name, one.table, type_="check", **place)
        if one.models:
            yield AddCheck(one.name, one.table, origin.check(new, one.name), **place)
    elif one.kind == "primary key" and new.primary_key:
        columns = [str(name) for name in new.primary_key.columns]
        yield AddPrimaryKey(f"pk_{one.table}", one.table, columns, **place)
    elif one.kind == "column":
        ours, theirs = old.column(one.name), new.column(one.name)
        column = origin.column(new, one.name) if ours and theirs else None
        if ours is None or theirs is None or column is None:
            return
        if ours.generated != theirs.generated:
            yield op.DropColumnOp(one.table, ours.name, **place)
            yield op.AddColumnOp(one.table, column, **place)
        elif ours.nullable != theirs.nullable:
            place["modify_nullable"] = theirs.nullable
            yield op.AlterColumnOp(one.table, ours.name, existing_type=column.type, **place)
