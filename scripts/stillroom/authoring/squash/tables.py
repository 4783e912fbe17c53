"""Writes a replayed state as operations: what `make revision` would write for all of it at once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, event
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import TypeEngine

from stillroom.authoring.operations.own import InsertRows, ServerStatements, escaped
from stillroom.catalog import Catalog, Index, Table, quoted_name
from stillroom.catalog.catalog import Schema
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.alembic_operations import copied, steps
from stillroom.replay.server import State
from stillroom.snapshot import writing
from stillroom.snapshot.server_statements import table_statements

Operations = list[op.MigrateOperation]
_UNCHECKED = ServerStatements(["SET foreign_key_checks = 0"])
_CHECKED = ServerStatements(["SET foreign_key_checks = 1"])
# What is the same to these servers, and runs on others, too.
_PLAIN: dict[type[TypeEngine[Any]], type[TypeEngine[Any]]] = {
    mysql.INTEGER: sa.Integer,
    mysql.BIGINT: sa.BigInteger,
    mysql.SMALLINT: sa.SmallInteger,
    mysql.FLOAT: sa.Float,
    mysql.DATETIME: sa.DateTime,
    mysql.TEXT: sa.Text,
    mysql.JSON: sa.JSON,
}
# What a type may have that only these servers know.
_SPECIAL = ("unsigned", "zerofill", "fsp", "charset", "collation", "ascii", "unicode", "national")


class Writer:
    """Writes one state; ``context`` is env.py's, connected to a server at that state."""

    def __init__(
        self, state: State, context: MigrationContext, version_table: Table | None
    ) -> None:
        self.state, self.context = state, context
        tables = [t for t in writing.sorted_tables(state.catalog) if t is not version_table]
        self.tables, self.circular = _ordered(tables)
        self.reflected = _reflected(context, state.catalog)

    def upgrade(self, as_text: frozenset[str] = frozenset()) -> Operations:
        """What makes it of nothing. Tables whose names are in ``as_text`` are written as SQL."""
        schemas = [
            ServerStatements([text]) for text in writing.schema_statements(self.state.catalog)
        ]
        programs = writing.sorted_programs(self.state.catalog)
        first = [p for p in programs if p.kind == "SEQUENCE"]
        last = [p for p in programs if p.kind != "SEQUENCE"]
        return [
            *schemas,
            *(ServerStatements([writing.program_statement(program)]) for program in first),
            *([_UNCHECKED] if self.circular else []),
            *self._tables(as_text),
            *([_CHECKED] if self.circular else []),
            *self._rows(),
            *(ServerStatements([writing.program_statement(program)]) for program in last),
        ]

    def downgrade(self) -> Operations:
        """What leaves nothing of it."""
        programs = [
            ServerStatements([f"DROP {program.kind} {quoted_name(program.name)}"])
            for program in reversed(writing.sorted_programs(self.state.catalog))
        ]
        kept = [p for p in programs if p.statements[0].startswith("DROP SEQUENCE ")]
        return [
            *(program for program in programs if program not in kept),
            *([_UNCHECKED] if self.circular else []),
            *(op.DropTableOp(t.name, schema=_schema(t)) for t in reversed(self.tables)),
            *([_CHECKED] if self.circular else []),
            *kept,
        ]

    def _tables(self, as_text: frozenset[str]) -> Iterator[op.MigrateOperation]:
        catalog = Catalog.empty(self.state.catalog.target)
        for name, schema in self.state.catalog.schemas.items():
            empty = Schema(name, schema.collation, comment=schema.comment)
            catalog = catalog.with_schema(empty)
        for table in self.tables:
            yield from self._table(table, catalog, is_text=table.name in as_text)
            catalog = catalog.with_table(table)

    def _table(self, table: Table, before: Catalog, *, is_text: bool) -> Operations:
        """The operations that make just this table: the most portable ones that do."""
        written = self.reflected.tables[_key(table)]
        in_batches = bool(self.context.opts.get("render_as_batch"))  # then it runs on SQLite, too
        for portable, apart in () if is_text else product((True, False), (False, True)):
            if apart and in_batches:
                continue
            made = _creation(written, table, portable=portable, apart=apart)
            if table.auto_increment is not None:
                made.append(ServerStatements([writing.counter_statement(table)]))
            if self._makes(made, table, before):
                return made
        statements = table_statements(table)
        if len(statements) > 1 and not self.circular:
            statements = [*_UNCHECKED.statements, *statements, *_CHECKED.statements]
        if table.auto_increment is not None:
            statements.append(writing.counter_statement(table))
        return [ServerStatements(statements, _creation(written, table, portable=True, apart=False))]

    def _makes(self, operations: Operations, table: Table, before: Catalog) -> bool:
        if self.circular:
            before = _with_referred(table, before, self.state.catalog)
        done = list(steps(operations, self.context, State(before)))
        made = done[-1].after.find(table.schema, table.name)
        return not any(step.error for step in done) and made is not None and same(made, table)

    def _rows(self) -> Iterator[op.MigrateOperation]:
        for table in self.tables:
            held = self.state.rows.of(table)
            if held.rows:
                names, rows = writing.known_rows(table, held)
                columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
                yield InsertRows(
                    sa.table(table.name, *columns, schema=_schema(table)),
                    [dict(zip(names, row, strict=True)) for row in rows],
                )


def same(made: Table, wanted: Table) -> bool:
    """Whether two tables are one to a server, down to who has made their keys."""
    return (
        made.create_statement == wanted.create_statement
        and made.auto_increment == wanted.auto_increment
        and [index.generated for index in made.indexes]
        == [index.generated for index in wanted.indexes]
    )


def _ordered(tables: Sequence[Table]) -> tuple[list[Table], bool]:
    """Tables behind those that they refer to, and whether some refer to each other in a circle."""
    left, ordered, circular = list(tables), [], False
    names = {(table.schema, table.name) for table in tables}
    while left:
        waiting = {(table.schema, table.name) for table in left}
        ready = next((t for t in left if not _referred(t) & waiting & names), None)
        circular = circular or ready is None
        ready = ready or left[0]
        left.remove(ready)
        ordered.append(ready)
    return ordered, circular


def _referred(table: Table) -> set[tuple[str, str]]:
    """The other tables that a table's foreign keys lead to."""
    referred = {(key.schema, key.table) for key in table.foreign_keys}
    return referred - {(table.schema, table.name)}


def _with_referred(table: Table, before: Catalog, whole: Catalog) -> Catalog:
    """``before`` with the tables that come later, and that ``table`` refers to."""
    for schema, name in _referred(table):
        if before.find(schema, name) is None and (other := whole.find(schema, name)):
            before = before.with_table(other)
    return before


def _reflected(context: MigrationContext, catalog: Catalog) -> MetaData:
    """All tables as SQLAlchemy sees them."""
    metadata = MetaData()
    assert context.connection is not None

    @event.listens_for(metadata, "column_reflect")
    def keep_colons(inspector: Any, table: Any, column: dict[str, Any]) -> None:
        if isinstance(default := column.get("default"), str):
            column["default"] = escaped(default)

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", SAWarning
        )  # of what it does not know: that is written as SQL
        for name in catalog.schemas:
            metadata.reflect(context.connection, None if name == DEFAULT_SCHEMA else name)
    return metadata


def _creation(written: sa.Table, table: Table, *, portable: bool, apart: bool) -> Operations:
    """Alembic's operations for a table, but for keys that the server makes.

    ``apart`` are foreign keys behind the table, in an order in which it makes them again.
    """
    create = op.CreateTableOp.from_table(written)
    if portable:
        create.columns = [
            _portable(item) if isinstance(item, sa.Column) else item for item in create.columns
        ]
    indexes = {str(index.name): op.CreateIndexOp.from_index(index) for index in written.indexes}
    if not apart:
        return [create, *(indexes[each.name] for each in table.indexes if _is_own(each, indexes))]
    foreign = {
        tuple(key.column_keys): key
        for key in create.columns
        if isinstance(key, sa.ForeignKeyConstraint)
    }
    create.columns = [
        item for item in create.columns if not isinstance(item, sa.ForeignKeyConstraint)
    ]
    made: Operations = [create]
    for index in table.indexes:
        if index.generated and (key := foreign.pop(index.columns, None)) is not None:
            made.append(op.CreateForeignKeyOp.from_constraint(key))
        elif _is_own(index, indexes):
            made.append(indexes[index.name])
    return [*made, *(op.CreateForeignKeyOp.from_constraint(key) for key in foreign.values())]


def _is_own(index: Index, indexes: Mapping[str, Any]) -> bool:
    """Whether an operation makes it: not the primary key, and none that the server makes."""
    return not index.generated and index.name in indexes


def _portable(column: sa.Column[Any]) -> sa.Column[Any]:
    """A column whose type is SQLAlchemy's own for all databases, if there is one for it."""
    new, before = copied(column), column.type
    if not column.primary_key:
        new.autoincrement = "auto"  # which need not be said
    if not any(getattr(before, name, None) for name in _SPECIAL):
        new.type = _standard(before) or before
    return new


def _standard(type_: TypeEngine[Any]) -> TypeEngine[Any] | None:
    match type_:
        case mysql.TINYINT(display_width=1):
            return sa.Boolean()
        case mysql.VARCHAR(length=length):
            return sa.String(length)
        case mysql.CHAR(length=length):
            return sa.CHAR(length)
        case mysql.DECIMAL(precision=precision, scale=scale):
            return sa.Numeric(precision, scale)
        case mysql.ENUM(enums=enums):
            return sa.Enum(*enums)
    kind = _PLAIN.get(type(type_))
    return kind() if kind else None


def _key(table: Table) -> str:
    return f"{table.schema}.{table.name}" if _schema(table) else table.name


def _schema(table: Table) -> str | None:
    return None if table.schema == DEFAULT_SCHEMA else table.schema
