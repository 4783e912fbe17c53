"""Gives new and newly required columns values for existing rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op

from stillroom.authoring.operations.own import Fill, Remark, wrapped
from stillroom.authoring.request import Request
from stillroom.catalog import Catalog, DDLError, Session, Unsupported, execute, quoted_name
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.alembic_operations import copied
from stillroom.drift.comparison import differences
from stillroom.drift.python_defaults import ColumnKey, server_default
from stillroom.errors import StillroomError

_UNREADABLE = (1054, 1064)  # an unknown column, a syntax error


@dataclass
class Valued:
    """The operations, the columns that keep a server default, and those without a value."""

    operations: list[op.MigrateOperation] = field(default_factory=list)
    defaulted: set[ColumnKey] = field(default_factory=set)
    unknown: list[tuple[str, str]] = field(default_factory=list)  # column, why
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
    operations: Sequence[op.MigrateOperation], fills: Mapping[str, str], dialect: sa.Dialect
) -> Valued:
    """``operations`` with values for existing rows; ``fills`` are SQL by ``table.column``."""
    completed = Valued()
    for operation in operations:
        if isinstance(operation, op.AddColumnOp) and _needs_value(operation.column):
            _add(operation, fills, dialect, completed)
        elif isinstance(operation, op.AlterColumnOp) and operation.modify_nullable is False:
            if fill := fills.get(_name(operation, operation.column_name)):
                completed.operations.append(
                    Fill(operation.schema, operation.table_name, operation.column_name, fill)
                )
            completed.operations.append(operation)
        else:
            completed.operations.append(operation)
    completed.describe()
    return completed


def _needs_value(column: sa.Column[Any]) -> bool:
    return (
        not column.nullable
        and column.server_default is None
        and column.computed is None
        and not (column.primary_key and column.autoincrement is True)
    )


def _add(
    operation: op.AddColumnOp, fills: Mapping[str, str], dialect: sa.Dialect, completed: Valued
) -> None:
    column = operation.column
    name = _name(operation, column.name)
    if fill := fills.get(name):
        completed.operations += _filled(operation, fill)
        return
    default = server_default(column, dialect)
    if default is None:
        completed.unknown.append((name, _why(column)))
        return
    new = op.AddColumnOp(operation.table_name, copied(column), schema=operation.schema)
    new.column.server_default = sa.DefaultClause(default)
    # What is set after the column was made, SQLAlchemy must be told of.
    new.column.server_default._set_parent(new.column)
    completed.keep_default(new)
    completed.operations.append(new)


def _why(column: sa.Column[Any]) -> str:
    if column.default is None:
        return "it has no default"
    if column.default.is_callable:
        return "its default is a Python function"
    return "its default in Python has no form in SQL"


def _filled(operation: op.AddColumnOp, fill: str) -> list[op.MigrateOperation]:
    column = copied(operation.column)
    column.nullable = True
    return [
        op.AddColumnOp(operation.table_name, column, schema=operation.schema),
        Fill(operation.schema, operation.table_name, column.name, fill),
        op.AlterColumnOp(
            operation.table_name,
            column.name,
            schema=operation.schema,
            existing_type=column.type,
            existing_nullable=True,
            existing_comment=column.comment,
            modify_nullable=False,
        ),
    ]


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
        (one.schema, one.table, one.name)
        for one in set(differences(history, models)).difference(differences(history, goal))
    }
    found = []
    for one in operations:
        if isinstance(one, op.AlterColumnOp):
            place = (one.schema or "", one.table_name, one.column_name)
            if place in kept and _is_dropped(one.modify_server_default):
                one.modify_server_default = False
                if not one.has_changes():
                    continue
        found.append(one)
    return found


def _is_dropped(default: Any) -> bool:
    return default is None or str(getattr(default, "arg", "")) == "NULL"


def unused_fills(operations: Sequence[op.MigrateOperation], fills: Mapping[str, str]) -> list[str]:
    """The ``fills`` for columns that no operation changes."""
    known = {
        _name(
            operation,
            operation.column.name
            if isinstance(operation, op.AddColumnOp)
            else operation.column_name,
        )
        for operation in operations
        if isinstance(operation, op.AddColumnOp)
        or (isinstance(operation, op.AlterColumnOp) and operation.modify_nullable is False)
    }
    return [name for name in fills if name not in known]


def refuse_unknown(unknown: Sequence[tuple[str, str]], request: Request) -> None:
    """Raise StillroomError if a column has no value for existing rows."""
    if not unknown:
        return
    words = "\n".join(f"{name} is NOT NULL, and {why}" for name, why in unknown)
    command = request.command(fills=[f"{name}=''" for name, _ in unknown])
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
