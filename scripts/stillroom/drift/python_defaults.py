"""Defaults that a model has in Python, and that a history may have on the server.

A new NOT NULL column needs a value for the rows that are there, and for the code that does not know
it yet. So a revision gives it the model's own default as a server default, and keeps that: it says
what the model says, and is no drift.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import CompileError

from stillroom.catalog import Catalog, Column, Table, Target
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.models import create

ColumnKey = tuple[str, str, str]  # schema, table, column
_NO_DEFAULT = (None, "NULL")
# MySQL takes a default for these only as an expression, in parentheses.
_LARGE = (
    *(sa.Text, sa.JSON, sa.LargeBinary),
    *(mysql.TINYTEXT, mysql.MEDIUMTEXT, mysql.LONGTEXT),
)


def server_default(column: sa.Column[object], dialect: sa.Dialect) -> str | sa.TextClause | None:
    """The model's default in Python as a server default; None if it is none that SQL can say."""
    default = column.default
    if isinstance(default, sa.ColumnDefault) and default.is_clause_element:
        return _moment(column, default.arg)
    if not isinstance(default, sa.ColumnDefault) or not default.is_scalar:
        return None
    large = isinstance(column.type.dialect_impl(dialect), _LARGE) or isinstance(column.type, _LARGE)
    if type(default.arg) is bool:
        return sa.text(str(int(default.arg)))
    if type(default.arg) is str and isinstance(column.type, sa.String) and not large:
        return default.arg
    text = _literal(default.arg, column.type, dialect)
    if text is None:
        return None
    text = text.replace(":", "\\:")
    return sa.text(f"({text})" if large else text)


def _literal(value: Any, type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> str | None:
    """A value of a column as SQL; None if there is no such form."""
    try:
        compiled = sa.literal(value, type_).compile(
            dialect=dialect, compile_kwargs={"literal_binds": True}
        )
    except (CompileError, NotImplementedError, TypeError, ValueError):
        return _sent(value, type_, dialect)
    # The compiler doubles a percent sign for drivers that take parameters by it.
    text = str(compiled)
    return text.replace("%%", "%") if dialect.paramstyle in ("format", "pyformat") else text


def _sent(value: Any, type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> str | None:
    """What the type would send to a server, for types that SQLAlchemy writes no literals of."""
    if isinstance(value, (set, frozenset)):  # in an order that is the same every time
        known = getattr(type_.dialect_impl(dialect), "values", ())
        value = ",".join(sorted(map(str, value), key=lambda member: [*known, member].index(member)))
    elif process := type_.dialect_impl(dialect).bind_processor(dialect):
        try:
            value = process(value)
        except Exception:  # noqa: BLE001 - code of the project's type
            return None
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        value = str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "''")
        return f"'{escaped}'"
    if isinstance(value, (bytes, bytearray)):
        return f"x'{value.hex()}'"
    return str(value) if isinstance(value, (int, float, Decimal)) else None


def _moment(column: sa.Column[object], clause: object) -> sa.TextClause | None:
    if getattr(clause, "name", "").lower() not in ("now", "current_timestamp"):
        return None
    if not isinstance(column.type, sa.DateTime):
        return None
    digits = getattr(column.type, "fsp", None)
    return sa.text(f"CURRENT_TIMESTAMP({digits})" if digits else "CURRENT_TIMESTAMP")


def with_python_defaults(
    models: Catalog,
    metadata: Sequence[sa.MetaData],
    context: MigrationContext,
    *,
    history: Catalog | None = None,
    keys: Collection[ColumnKey] = (),
) -> Catalog:
    """``models`` with server defaults in the columns ``keys``, and where ``history`` has the same.

    A default of the history that says something else than the model's stays a difference.
    """
    asked = {*keys, *(_candidates(models, history) if history else ())}
    for key, column in _built(asked, metadata, context, models.target).items():
        schema, name, _ = key
        table = models.schema(schema).tables[name]
        kept = history.find(schema, name) if history and key not in keys else None
        before = kept.column(column.name) if kept else None
        if key not in keys and (before is None or before.default != column.default):
            continue
        columns = tuple(
            replace(
                other, default=column.default, default_is_expression=column.default_is_expression
            )
            if other.name == column.name
            else other
            for other in table.columns
        )
        models = models.with_table(replace(table, columns=columns))
    return models


def with_numbering(models: Catalog, metadata: Sequence[sa.MetaData], history: Catalog) -> Catalog:
    """``models`` with AUTO_INCREMENT where a model says it of a column that is no primary key.

    ``create_all()`` leaves it out there. Only new columns of tables in ``history`` get it, for the
    rows that are there, and those that have it there already.
    """
    for collection in metadata:
        for model in collection.tables.values():
            for column in model.columns:
                if column.autoincrement is not True or column.primary_key:
                    continue
                place = (model.schema or DEFAULT_SCHEMA, model.name)
                before, table = history.find(*place), models.find(*place)
                if before is not None and table is not None:
                    models = _numbered(models, table, before.column(column.name), column.name)
    return models


def _numbered(models: Catalog, table: Table, before: Column | None, name: str) -> Catalog:
    is_key = any(index.columns[:1] == (name,) for index in table.indexes)
    if not is_key or any(column.auto_increment for column in table.columns):
        return models
    if before is not None and not before.auto_increment:
        return models
    columns = [
        replace(column, auto_increment=True, default=None) if column.name == name else column
        for column in table.columns
    ]
    return models.with_table(replace(table, columns=tuple(columns)))


def _candidates(models: Catalog, history: Catalog) -> set[ColumnKey]:
    """The columns that have a server default in the history, and none in the models."""
    candidates = set()
    for table in models.all_tables():
        before = history.find(table.schema, table.name)
        for column in table.columns if before and before is not table else ():
            other = before.column(column.name) if before else None
            if (
                other
                and column.default in _NO_DEFAULT
                and other.default not in _NO_DEFAULT
                and column.generated is None
            ):
                candidates.add((table.schema, table.name, column.name))
    return candidates


def _built(
    keys: Collection[ColumnKey],
    metadata: Sequence[sa.MetaData],
    context: MigrationContext,
    target: Target,
) -> dict[ColumnKey, Column]:
    """The columns as the target makes them with their defaults; not those that have none."""
    scratch = sa.MetaData()
    by_table: dict[tuple[str, str], list[sa.Column[object]]] = {}
    for collection in metadata if keys else ():
        for table in collection.tables.values():
            for column in table.columns:
                if (table.schema or DEFAULT_SCHEMA, table.name, column.name) not in keys:
                    continue
                default = server_default(column, context.dialect)
                if default is not None:
                    place = (table.schema or DEFAULT_SCHEMA, table.name)
                    by_table.setdefault(place, []).append(
                        sa.Column(
                            column.name,
                            column.type,
                            server_default=default,
                            nullable=column.nullable,
                        )
                    )
    named = {}
    for number, (place, columns) in enumerate(by_table.items()):
        named[sa.Table(f"t{number}", scratch, *columns).name] = place
    catalog = create(list(scratch.tables.values()), context, target).catalog
    return {
        (*named[table.name], column.name): column
        for table in catalog.all_tables()
        if table.name in named
        for column in table.columns
    }
