"""Gives new and newly required columns values for existing rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import sqlalchemy as sa
from alembic.operations import ops as op

from stillroom.authoring.operations.own import Fill, Remark, wrapped
from stillroom.authoring.request import Request
from stillroom.catalog import (
    Catalog,
    Column,
    DDLError,
    Session,
    Table,
    Unsupported,
    execute,
    quoted_name,
)
from stillroom.catalog import error_numbers as er
from stillroom.catalog.quoting import quoted_string
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.types.kinds import is_integer
from stillroom.drift.alembic_operations import copied
from stillroom.drift.comparison import differences
from stillroom.drift.python_defaults import ColumnKey, server_default
from stillroom.errors import StillroomError, printable

Added = Callable[[op.AddColumnOp], Sequence[op.MigrateOperation] | None]
_EXAMPLES = {
    **dict.fromkeys(("decimal", "double", "float", "bit"), "0"),
    **dict.fromkeys(("datetime", "timestamp"), "CURRENT_TIMESTAMP"),
    "date": "CURRENT_DATE",
    "time": "CURRENT_TIME",
    "year": "2000",
    "json": "'{}'",
    "uuid": "uuid()",
}
_UNREADABLE = (er.BAD_FIELD_ERROR, er.PARSE_ERROR)


@dataclass(frozen=True)
class Unknown:
    """A column without a value for existing rows, why, and an example of one in SQL."""

    name: str
    why: str
    example: str


@dataclass
class Valued:
    """The operations, the columns that keep a server default, and those without a value."""

    operations: list[op.MigrateOperation] = field(default_factory=list)
    defaulted: set[ColumnKey] = field(default_factory=set)
    unknown: list[Unknown] = field(default_factory=list)
    kept: dict[tuple[str | None, str], Remark] = field(default_factory=dict)  # by table

    def keep_default(self, operation: op.AddColumnOp) -> None:
        """Note that the default of a new column stays."""
        place = (operation.schema, operation.table_name)
        if place not in self.kept:
            self.kept[place] = Remark([])
            self.operations.append(self.kept[place])
        self.defaulted.add(
            (operation.schema or DEFAULT_SCHEMA, operation.table_name, operation.column.name)
        )

    def describe(self) -> None:
        """Write the remarks on kept defaults."""
        for (schema, table), remark in self.kept.items():
            names = [
                f"{schema}.{table}.{name}" if schema else f"{table}.{name}"
                for *place, name in sorted(self.defaulted)
                if place == [schema or DEFAULT_SCHEMA, table]
            ]
            *others, last = names
            if others:
                text = (
                    f"The defaults of {', '.join(others)} and {last} stay on the server, for "
                    "existing rows and for code that does not know the columns yet."
                )
            else:
                text = (
                    f"The default of {last} stays on the server, for existing rows and for code "
                    "that does not know the column yet."
                )
            remark.lines = wrapped(text)


def with_values(
    operations: Sequence[op.MigrateOperation],
    request: Request,
    dialect: sa.Dialect,
    models: Catalog,
    *,
    nullable_too: bool,
    added: Added = lambda operation: None,
) -> Valued:
    """``operations`` with values for existing rows, by the answers of ``request``.

    ``nullable_too`` says whether new nullable columns keep the model's default, as others do;
    ``added`` returns what adds and fills a column that is not for the request to decide.
    """
    valued = Valued()
    for operation in operations:
        if isinstance(operation, op.AddColumnOp):
            if (filled := added(operation)) is not None:
                valued.operations += filled
            elif _is_numbered(operation, models) or not _is_open(operation.column):
                valued.operations.append(operation)
            else:
                _add(operation, request, dialect, valued, models, nullable_too=nullable_too)
            continue
        if _is_required(operation) and (
            fill := request.fills.get(_name(operation, operation.column_name))
        ):
            valued.operations.append(_fill(operation, operation.column_name, fill, models))
        valued.operations.append(operation)
    valued.describe()
    return valued


def _is_required(operation: op.MigrateOperation) -> TypeGuard[op.AlterColumnOp]:
    """Whether it makes a column NOT NULL."""
    return isinstance(operation, op.AlterColumnOp) and operation.modify_nullable is False


def _is_numbered(operation: op.AddColumnOp, models: Catalog) -> bool:
    """Whether the server numbers the existing rows itself, by AUTO_INCREMENT."""
    column = _made(operation, models)
    return column is not None and column.auto_increment


def _is_open(column: sa.Column[Any]) -> bool:
    """Whether the model does not say what existing rows get."""
    return column.server_default is None and column.computed is None


def _add(
    operation: op.AddColumnOp,
    request: Request,
    dialect: sa.Dialect,
    valued: Valued,
    models: Catalog,
    *,
    nullable_too: bool,
) -> None:
    column = operation.column
    name = _name(operation, column.name)
    if not column.nullable and (fill := request.fills.get(name)):
        valued.operations += _filled(operation, fill, models)
        return
    default = None if name in request.without_default else server_default(column, dialect)
    if default is not None and (nullable_too or not column.nullable):
        new = op.AddColumnOp(operation.table_name, copied(column), schema=operation.schema)
        new.column.server_default = sa.DefaultClause(default)
        # What is set after the column was made, SQLAlchemy must be told of.
        new.column.server_default._set_parent(new.column)
        valued.keep_default(new)
        valued.operations.append(new)
    elif column.nullable:
        if default is None and column.default is not None and name not in request.without_default:
            valued.operations.append(
                Remark(wrapped(f"Existing rows keep NULL in {name}: {_why(column)}."))
            )
        valued.operations.append(operation)
    else:
        valued.unknown.append(Unknown(name, _why(column), example(_made(operation, models))))


def _made(operation: op.AddColumnOp, models: Catalog) -> Column | None:
    table = models.find(operation.schema or DEFAULT_SCHEMA, operation.table_name)
    return table.column(operation.column.name) if table else None


def example(column: Column | None) -> str:
    """A value that a column takes, in SQL."""
    if column is None:
        return "''"
    kind = column.type
    if kind.name == "enum":
        return quoted_string(kind.values[0])
    if is_integer(kind):
        return "0"
    if "json_valid" in (column.check or ""):
        return _EXAMPLES["json"]
    return _EXAMPLES.get(kind.name, "''")


def _why(column: sa.Column[Any]) -> str:
    if column.default is None:
        return "it has no default"
    if column.default.is_callable:
        return "its default is a Python function"
    return "its Python default cannot be written in SQL"


def _fill(
    operation: op.AddColumnOp | op.AlterColumnOp, column: str, fill: str, models: Catalog
) -> Fill:
    table = models.find(operation.schema or DEFAULT_SCHEMA, operation.table_name)
    kept = kept_columns(table, column) if table else ()
    return Fill(operation.schema, operation.table_name, column, fill, kept)


def kept_columns(table: Table, filled: str) -> tuple[str, ...]:
    """The columns that the server would set to the time of an UPDATE that does not name them."""
    return tuple(
        column.name
        for column in table.columns
        if column.on_update and column.name.lower() != filled.lower()
    )


def _filled(operation: op.AddColumnOp, fill: str, models: Catalog) -> list[op.MigrateOperation]:
    column = copied(operation.column)
    column.nullable = True
    return [
        op.AddColumnOp(operation.table_name, column, schema=operation.schema),
        _fill(operation, column.name, fill, models),
        made_required(operation),
    ]


def made_required(added: op.AddColumnOp) -> op.AlterColumnOp:
    """What makes an added column NOT NULL, once its rows have values."""
    return op.AlterColumnOp(
        added.table_name,
        added.column.name,
        schema=added.schema,
        existing_type=added.column.type,
        existing_nullable=True,
        existing_comment=added.column.comment,
        modify_nullable=False,
    )


def _name(operation: Any, column: str) -> str:
    table = (
        f"{operation.schema}.{operation.table_name}" if operation.schema else operation.table_name
    )
    return f"{table}.{column}"


def without_kept_defaults(
    operations: Sequence[op.MigrateOperation], history: Catalog, goal: Catalog, models: Catalog
) -> list[op.MigrateOperation]:
    """``operations`` that do not drop defaults which the history keeps for the models."""
    kept = {
        (difference.schema, difference.table, difference.name)
        for difference in set(differences(history, models)).difference(differences(history, goal))
    }
    kept_operations = []
    for operation in operations:
        if isinstance(operation, op.AlterColumnOp):
            place = (operation.schema or "", operation.table_name, operation.column_name)
            if place in kept and _is_dropped(operation.modify_server_default):
                operation.modify_server_default = False
                if not operation.has_changes():
                    continue
        kept_operations.append(operation)
    return kept_operations


def _is_dropped(default: Any) -> bool:
    return default is None or str(getattr(default, "arg", "")) == "NULL"


def refuse_unused(
    operations: Sequence[op.MigrateOperation], request: Request, models: Catalog
) -> None:
    """Raise StillroomError if an answer is about a column that needs none."""
    added = {
        _name(operation, operation.column.name): operation
        for operation in operations
        if isinstance(operation, op.AddColumnOp)
    }
    required = {name for name, operation in added.items() if not operation.column.nullable}
    required |= {
        _name(operation, operation.column_name)
        for operation in operations
        if _is_required(operation)
    }
    for name in request.fills:
        if name in added and _is_numbered(added[name], models):
            raise StillroomError(
                f"fill: the server numbers the rows of {name} itself, by AUTO_INCREMENT",
                fix=f"Leave {name} out of fill. Nothing was written.",
            )
        if name not in required:
            raise StillroomError(
                f"fill: this revision makes no column {name} NOT NULL",
                fix=f"Leave {name} out of fill. Nothing was written.",
            )
    for name in request.without_default:
        if name not in added:
            raise StillroomError(
                f"default: this revision adds no column {name}",
                fix=f"Leave {name} out of default. Nothing was written.",
            )


def refuse_unknown(unknown: Sequence[Unknown], request: Request) -> None:
    """Raise StillroomError if a column has no value for existing rows."""
    if not unknown:
        return
    words = "\n".join(printable(f"{new.name} is NOT NULL, and {new.why}") for new in unknown)
    command = request.command(fills=[f"{new.name}={new.example}" for new in unknown])
    raise StillroomError(
        f"{words}: which value do existing rows get?",
        fix=f"Answer with an SQL expression: {command}\n"
        "Or give the column a default in the model, or make it nullable. Nothing was written.",
    )


def refuse_malformed(
    operations: Sequence[op.MigrateOperation], before: Catalog, after: Catalog
) -> None:
    """Raise StillroomError if the server could not parse the value of a fill.

    ``before`` and ``after`` are the tables around the revision: the value may use columns of both.
    """
    for operation in operations:
        if isinstance(operation, Fill):
            errors = [_refusal(operation, catalog) for catalog in (before, after)]
            if all(errors):
                name = ".".join(filter(None, (operation.schema, operation.table, operation.column)))
                raise StillroomError(
                    f"fill: {name}={operation.expression} cannot be run: {errors[-1]}",
                    fix="Nothing was written.",
                )


def _refusal(fill: Fill, catalog: Catalog) -> str:
    """The server's error on names and syntax, or nothing."""
    table = catalog.find(fill.schema or DEFAULT_SCHEMA, fill.table)
    if table is None:
        return ""
    session = Session.default(catalog.target).with_changes(schema=table.schema)
    # A generated column allows less than an UPDATE; these two errors mean the same in both.
    statement = (
        f"ALTER TABLE {quoted_name(table.name)} ADD stillroom_fill INT AS ({fill.expression})"
    )
    try:
        execute(catalog, statement, session)
    except DDLError as error:
        return str(error) if error.number in _UNREADABLE else ""
    except Unsupported:
        return ""
    return ""
