"""Gives new NOT NULL columns a value for the rows that are there already."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op
from sqlalchemy.sql.schema import SchemaConst

from stillroom.authoring.operations.own import Fill, Remark, wrapped
from stillroom.catalog import Catalog, DDLError, Session, Unsupported
from stillroom.catalog.printing.text import name_text
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.alembic_operations import copied
from stillroom.drift.python_defaults import ColumnKey, server_default
from stillroom.errors import StillroomError

_UNREADABLE = (1054, 1064)  # an unknown column, a syntax error


@dataclass
class Completed:
    """The operations, the columns that keep a server default, and those without any value."""

    operations: list[op.MigrateOperation] = field(default_factory=list)
    defaulted: set[ColumnKey] = field(default_factory=set)
    unknown: list[tuple[str, str]] = field(default_factory=list)  # column, why
    kept: dict[tuple[str | None, str], Remark] = field(default_factory=dict)  # by table

    def keep_default(self, one: op.AddColumnOp) -> None:
        """Say that the default of a new column stays, once for all those of a table."""
        place = (one.schema, one.table_name)
        if place not in self.kept:
            self.kept[place] = Remark([])
            self.operations.append(self.kept[place])
        self.defaulted.add((one.schema or DEFAULT_SCHEMA, one.table_name, one.column.name))

    def describe(self) -> None:
        """Write the remarks."""
        for (schema, table), remark in self.kept.items():
            names = [
                f"{schema}.{table}.{name}" if schema else f"{table}.{name}"
                for *place, name in sorted(self.defaulted)
                if place == [schema or DEFAULT_SCHEMA, table]
            ]
            *others, last = names
            if others:
                text = (
                    f"The defaults of {', '.join(others)} and {last} stay on the server: old rows "
                    "take them, and so does code that does not know the columns yet."
                )
            else:
                text = (
                    f"The default of {last} stays on the server: old rows take it, and so does "
                    "code that does not know the column yet."
                )
            remark.lines = wrapped(text)


def completed(
    operations: Sequence[op.MigrateOperation], fills: Mapping[str, str], dialect: sa.Dialect
) -> Completed:
    """``operations`` with a value for the old rows; ``fills`` are SQL by ``table.column``."""
    found = Completed()
    for one in operations:
        if isinstance(one, op.AddColumnOp) and _needs_value(one.column):
            _add(one, fills, dialect, found)
        elif isinstance(one, op.AlterColumnOp) and one.modify_nullable is False:
            if fill := fills.get(_name(one, one.column_name)):
                found.operations.append(Fill(one.schema, one.table_name, one.column_name, fill))
            found.operations.append(one)
        else:
            found.operations.append(one)
    found.describe()
    return found


def with_free_columns(operations: Sequence[op.MigrateOperation]) -> None:
    """Let new tables have columns of their own: those of a model Alembic copies to write them.

    An ENUM would lose its character set there.
    """
    for one in operations:
        if isinstance(one, op.CreateTableOp):
            one.columns = [
                copied(item) if isinstance(item, sa.Column) else item for item in one.columns
            ]


def with_inherited_collations(
    upgrade: Sequence[op.MigrateOperation], downgrade: Sequence[op.MigrateOperation]
) -> None:
    """Leave out collations that columns of the history have from their table.

    MySQL shows them beside no character set; written out, it would remember them as their own.
    """
    for one in upgrade:
        if isinstance(one, op.AlterColumnOp):
            one.existing_type = _inheriting(one.existing_type)
    for one in downgrade:
        if isinstance(one, op.AddColumnOp):
            one.column = _with_inheriting_type(one.column)
        elif isinstance(one, op.CreateTableOp):
            one.columns = [_with_inheriting_type(item) for item in one.columns]
        elif isinstance(one, op.AlterColumnOp) and one.modify_type is not None:
            one.modify_type = _inheriting(one.modify_type)
        elif isinstance(one, op.AlterColumnOp):
            one.existing_type = _inheriting(one.existing_type)


def _inheriting(type_: Any) -> Any:
    if not getattr(type_, "collation", None) or getattr(type_, "charset", None):
        return type_
    type_ = copy.copy(type_)
    type_.collation = None
    return type_


def _with_inheriting_type(item: Any) -> Any:
    if not isinstance(item, sa.Column) or (type_ := _inheriting(item.type)) is item.type:
        return item
    column = copied(item)
    column.type = type_
    return column


def with_parentheses(
    operations: Sequence[op.MigrateOperation], models: Catalog, dialect: sa.Dialect
) -> None:
    """Put an altered default in parentheses where the models' table has it so.

    SQLAlchemy writes them in CREATE TABLE alone. Without, MySQL keeps now() in other words, and
    refuses other functions.
    """
    for one in operations:
        default = getattr(one, "modify_server_default", None)
        if not isinstance(one, op.AlterColumnOp) or not isinstance(default, sa.DefaultClause):
            continue
        table = models.find(one.schema or DEFAULT_SCHEMA, one.table_name)
        column = table.column(one.column_name) if table else None
        if column is None or not (column.default or "").startswith("("):
            continue
        if isinstance(default.arg, sa.ClauseElement):
            text = str(default.arg.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
            if not text.startswith("("):
                text = text.replace("%%", "%").replace(":", "\\:")  # as it is in SQL, for text()
                one.modify_server_default = sa.DefaultClause(sa.text(f"({text})"))


def with_nullable_formulas(operations: Sequence[op.MigrateOperation], dialect: sa.Dialect) -> None:
    """Let generated columns be NULL on MariaDB where the model says nothing else.

    There they cannot be NOT NULL, and SQLAlchemy leaves it out of a model's DDL.
    """
    if not getattr(dialect, "is_mariadb", False):
        return
    for one in operations:
        if isinstance(one, op.CreateTableOp):
            one.columns = [_nullable(item) for item in one.columns]
        elif isinstance(one, op.AddColumnOp):
            one.column = _nullable(one.column)


def _nullable(item: Any) -> Any:
    if not isinstance(item, sa.Column) or item.computed is None:
        return item
    if item._user_defined_nullable is not SchemaConst.NULL_UNSPECIFIED:
        return item
    column = copied(item)
    column.nullable = True
    return column


def with_null_defaults(operations: Sequence[op.MigrateOperation]) -> None:
    """Let a column that may be NULL lose its default to NULL.

    On MySQL an ``ALTER COLUMN … DROP DEFAULT`` leaves it without any: an INSERT must then name it.
    """
    for one in operations:
        if not isinstance(one, op.AlterColumnOp) or one.modify_server_default is not None:
            continue
        others = (one.modify_type, one.modify_nullable, one.modify_name)
        if one.existing_nullable and one.modify_comment is False and others == (None,) * 3:
            one.modify_server_default = sa.DefaultClause(sa.text("NULL"))


def refuse_malformed(
    operations: Sequence[op.MigrateOperation], before: Catalog, after: Catalog
) -> None:
    """Raise StillroomError if the server could not read the value of a fill.

    ``before`` and ``after`` are the tables around the revision: it may name columns of both.
    """
    for one in operations:
        if isinstance(one, Fill):
            errors = [_refusal(one, catalog) for catalog in (before, after)]
            if all(errors):
                name = ".".join(filter(None, (one.schema, one.table, one.column)))
                raise StillroomError(
                    f"fill: {name}={one.expression} cannot be run: {errors[-1]}",
                    fix="Nothing was written.",
                )


def _refusal(fill: Fill, catalog: Catalog) -> str:
    """What the server would say of names and syntax; nothing if the catalog does not know."""
    table = catalog.find(fill.schema or DEFAULT_SCHEMA, fill.table)
    if table is None:
        return ""
    session = Session.default(catalog.target).with_changes(schema=table.schema)
    # Such a column may hold less than an UPDATE may: only what both need is looked at.
    statement = f"ALTER TABLE {name_text(table.name)} ADD stillroom_fill INT AS ({fill.expression})"
    try:
        catalog.execute(statement, session)
    except DDLError as error:
        return str(error) if error.number in _UNREADABLE else ""
    except Unsupported:
        return ""
    return ""


def unused(operations: Sequence[op.MigrateOperation], fills: Mapping[str, str]) -> list[str]:
    """The ``fills`` for columns that no operation is about."""
    known = {
        _name(one, one.column.name if isinstance(one, op.AddColumnOp) else one.column_name)
        for one in operations
        if isinstance(one, op.AddColumnOp)
        or (isinstance(one, op.AlterColumnOp) and one.modify_nullable is False)
    }
    return [name for name in fills if name not in known]


def _needs_value(column: sa.Column[Any]) -> bool:
    return (
        not column.nullable
        and column.server_default is None
        and column.computed is None
        and not (column.primary_key and column.autoincrement is True)
    )


def _add(
    one: op.AddColumnOp, fills: Mapping[str, str], dialect: sa.Dialect, found: Completed
) -> None:
    column = one.column
    name = _name(one, column.name)
    if fill := fills.get(name):
        found.operations += _filled(one, fill)
        return
    default = server_default(column, dialect)
    if default is None:
        found.unknown.append((name, _why(column)))
        return
    new = op.AddColumnOp(one.table_name, copied(column), schema=one.schema)
    new.column.server_default = sa.DefaultClause(default)
    # What is set after the column was made, SQLAlchemy must be told of.
    new.column.server_default._set_parent(new.column)
    found.keep_default(new)
    found.operations.append(new)


def _why(column: sa.Column[Any]) -> str:
    if column.default is None:
        return "it has no default"
    if column.default.is_callable:
        return "its default is a Python function"
    return "its default in Python has no form in SQL"


def _filled(one: op.AddColumnOp, fill: str) -> list[op.MigrateOperation]:
    column = copied(one.column)
    column.nullable = True
    return [
        op.AddColumnOp(one.table_name, column, schema=one.schema),
        Fill(one.schema, one.table_name, column.name, fill),
        op.AlterColumnOp(
            one.table_name,
            column.name,
            schema=one.schema,
            existing_type=column.type,
            existing_nullable=True,
            existing_comment=column.comment,
            modify_nullable=False,
        ),
    ]


def _name(one: Any, column: str) -> str:
    table = f"{one.schema}.{one.table_name}" if one.schema else one.table_name
    return f"{table}.{column}"
