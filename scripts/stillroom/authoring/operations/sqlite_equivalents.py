"""Operations that do on SQLite what statements of MySQL and MariaDB do there."""

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


class Definitions(Protocol):
    """The tables of a catalog in SQLAlchemy's words."""

    def column(self, table: Table, name: str) -> sa.Column[Any] | None:
        """A copy of a column of ``table`` that belongs to no table; None if there is none."""

    def check(self, table: Table, name: str) -> str:
        """The expression of a CHECK."""


@dataclass(frozen=True)
class ModelDefinitions:
    """The definitions of tables that were built from models."""

    metadata: Sequence[sa.MetaData]
    context: MigrationContext

    def column(self, table: Table, name: str) -> sa.Column[Any] | None:
        """A copy of a column of the models; None if there is none."""
        for column in self.table(table).columns:
            if column.name.lower() == name.lower():
                return copied(column)
        return None

    def check(self, table: Table, name: str) -> str:
        """The condition of a CHECK of the models, as SQL."""
        for item in self.table(table).constraints:
            if isinstance(item, sa.CheckConstraint) and str(item.name).lower() == name.lower():
                return self.text(item)
        return _text_of_check(table, name)  # the server has named it

    def text(self, check: sa.CheckConstraint) -> str:
        """The expression of a CHECK of the models."""
        # The compiler doubles what the driver's formatting would undo.
        return self.context.impl.render_ddl_sql_expr(check.sqltext).replace("%%", "%")

    def table(self, table: Table) -> sa.Table:
        """The model of a table."""
        schemas = {None, self.context.bind.engine.url.database if self.context.bind else None}
        return next(
            model
            for metadata in self.metadata
            for model in metadata.tables.values()
            if model.name == table.name
            and (
                model.schema in schemas
                if table.schema == DEFAULT_SCHEMA
                else model.schema == table.schema
            )
        )


@dataclass(frozen=True)
class ReflectedDefinitions:
    """The definitions that the connection of ``context`` reflects."""

    context: MigrationContext

    def column(self, table: Table, name: str) -> sa.Column[Any] | None:
        """A column as the database has it; None if there is none."""
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
        """The condition of a CHECK, as SQL."""
        return _text_of_check(table, name)


def _text_of_check(table: Table, name: str) -> str:
    check = next(check for check in table.checks if check.name.lower() == name.lower())
    return _INTRODUCER.sub("", check.expression)  # of a character set, which is MySQL's alone


def equivalent_operations(
    differences: Sequence[Difference], before: Catalog, after: Catalog, definitions: Definitions
) -> list[op.MigrateOperation]:
    """Operations for those of ``differences`` that Alembic's autogenerate does not see.

    ``definitions`` are those of the tables of ``after``.
    """
    operations: list[op.MigrateOperation] = []
    for difference in differences:
        place = (difference.schema or DEFAULT_SCHEMA, difference.table)
        old, new = before.find(*place), after.find(*place)
        if old is not None and new is not None:
            operations += _operations(difference, old, new, definitions)
    return operations


def _operations(
    difference: Difference, old: Table, new: Table, definitions: Definitions
) -> Iterator[op.MigrateOperation]:
    place: dict[str, Any] = {"schema": difference.schema or None}
    if difference.kind == "check":
        if difference.history:
            yield op.DropConstraintOp(difference.name, difference.table, type_="check", **place)
        if difference.models:
            yield AddCheck(
                difference.name, difference.table, definitions.check(new, difference.name), **place
            )
    elif difference.kind == "primary key" and new.primary_key:
        columns = [str(name) for name in new.primary_key.columns]
        yield AddPrimaryKey(f"pk_{difference.table}", difference.table, columns, **place)
    elif difference.kind == "column":
        ours, theirs = old.column(difference.name), new.column(difference.name)
        column = definitions.column(new, difference.name) if ours and theirs else None
        if ours is None or theirs is None or column is None:
            return
        if ours.generated != theirs.generated:
            yield op.DropColumnOp(difference.table, ours.name, **place)
            yield op.AddColumnOp(difference.table, column, **place)
        elif ours.nullable != theirs.nullable:
            place["modify_nullable"] = theirs.nullable
            yield op.AlterColumnOp(difference.table, ours.name, existing_type=column.type, **place)
