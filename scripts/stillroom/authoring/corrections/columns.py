"""Corrects what Alembic gets wrong about columns."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops as op
from sqlalchemy.sql.schema import SchemaConst

from stillroom.catalog import Catalog
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.alembic_operations import copied


def with_free_columns(operations: Sequence[op.MigrateOperation]) -> None:
    """Give new tables copies of the columns: Alembic's own copies lose the charset of an ENUM.

    It copies those that belong to a model.
    """
    tables = [operation for operation in operations if isinstance(operation, op.CreateTableOp)]
    _replace_new_columns(tables, copied)


def _replace_new_columns(
    operations: Sequence[op.MigrateOperation],
    replacement: Callable[[sa.Column[Any]], sa.Column[Any]],
) -> None:
    """Put the replacement of each column that the operations create in its place."""
    for operation in operations:
        if isinstance(operation, op.CreateTableOp):
            operation.columns = [
                replacement(item) if isinstance(item, sa.Column) else item
                for item in operation.columns
            ]
        elif isinstance(operation, op.AddColumnOp):
            operation.column = replacement(operation.column)


def without_checks(operations: Sequence[op.MigrateOperation]) -> None:
    """Take the checks out of new columns: Alembic runs them, and does not write them.

    What is then missing is written as any other check.
    """
    _replace_new_columns(operations, _without_checks)


def _without_checks(column: sa.Column[Any]) -> sa.Column[Any]:
    constraints = column.constraints
    if not any(map(_is_written_check, constraints)):
        return column
    column.constraints = {item for item in constraints if not _is_written_check(item)}
    try:
        return copied(column)
    finally:
        column.constraints = constraints


def _is_written_check(constraint: sa.Constraint) -> bool:
    """Whether it stands in the column, and does not come with its type."""
    return isinstance(constraint, sa.CheckConstraint) and not constraint._type_bound


def with_inherited_collations(
    upgrade: Sequence[op.MigrateOperation], downgrade: Sequence[op.MigrateOperation]
) -> None:
    """Leave out collations that columns of the history inherit from their table.

    MySQL prints them without a character set. If they were written out, it would remember them.
    """
    for operation in upgrade:
        if isinstance(operation, op.AlterColumnOp):
            operation.existing_type = _inheriting(operation.existing_type)
    _replace_new_columns(downgrade, _with_inheriting_type)
    for operation in downgrade:
        if isinstance(operation, op.AlterColumnOp) and operation.modify_type is not None:
            operation.modify_type = _inheriting(operation.modify_type)
        elif isinstance(operation, op.AlterColumnOp):
            operation.existing_type = _inheriting(operation.existing_type)


def _inheriting(type_: Any) -> Any:
    if not getattr(type_, "collation", None) or getattr(type_, "charset", None):
        return type_
    type_ = copy.copy(type_)
    type_.collation = None
    return type_


def _with_inheriting_type(column: sa.Column[Any]) -> sa.Column[Any]:
    if (type_ := _inheriting(column.type)) is column.type:
        return column
    column = copied(column)
    column.type = type_
    return column


def with_parentheses(
    operations: Sequence[op.MigrateOperation], models: Catalog, dialect: sa.Dialect
) -> None:
    """Put an altered default in parentheses where the models' table has them.

    SQLAlchemy writes them only in CREATE TABLE. Without them MySQL stores now() in other words, and
    refuses other functions.
    """
    for operation in operations:
        default = getattr(operation, "modify_server_default", None)
        if not isinstance(operation, op.AlterColumnOp) or not isinstance(default, sa.DefaultClause):
            continue
        table = models.find(operation.schema or DEFAULT_SCHEMA, operation.table_name)
        column = table.column(operation.column_name) if table else None
        if column is None or not (column.default or "").startswith("("):
            continue
        if isinstance(default.arg, sa.ClauseElement):
            text = str(default.arg.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
            if not text.startswith("("):
                clause = sa.text(f"({as_text_clause(text)})")
                operation.modify_server_default = sa.DefaultClause(clause)


def with_whole_defaults(operations: Sequence[op.MigrateOperation], dialect: sa.Dialect) -> None:
    """Write defaults that begin or end with a quote as SQL: Alembic would cut the quotes off."""
    _replace_new_columns(operations, partial(_with_whole_default, dialect=dialect))
    for operation in operations:
        if isinstance(operation, op.AlterColumnOp):
            for name in ("modify_server_default", "existing_server_default"):
                default = getattr(operation, name)
                setattr(operation, name, _whole_default(default, dialect) or default)


def _with_whole_default(column: sa.Column[Any], dialect: sa.Dialect) -> sa.Column[Any]:
    default = _whole_default(column.server_default, dialect)
    if default is None:
        return column
    column = copied(column)
    column.server_default = default
    default._set_parent(column)
    return column


def _whole_default(default: Any, dialect: sa.Dialect) -> sa.DefaultClause | None:
    """The default as SQL; None if Alembic writes it as it is."""
    text = default.arg if isinstance(default, sa.DefaultClause) else default
    if not isinstance(text, str) or text == text.strip("'"):
        return None
    literal = sa.literal(text, sa.String()).compile(
        dialect=dialect, compile_kwargs={"literal_binds": True}
    )
    return sa.DefaultClause(sa.text(as_text_clause(str(literal))))


def as_text_clause(compiled: str) -> str:
    """Compiled SQL for ``sa.text()``: no percent sign is doubled, no colon begins a parameter."""
    return compiled.replace("%%", "%").replace(":", "\\:")


def with_nullable_formulas(operations: Sequence[op.MigrateOperation], dialect: sa.Dialect) -> None:
    """Make generated columns nullable on MariaDB, unless the model says otherwise.

    MariaDB has no NOT NULL for them, and SQLAlchemy leaves it out of its DDL.
    """
    if getattr(dialect, "is_mariadb", False):
        _replace_new_columns(operations, _nullable)


def _nullable(column: sa.Column[Any]) -> sa.Column[Any]:
    if column.computed is None:
        return column
    if column._user_defined_nullable is not SchemaConst.NULL_UNSPECIFIED:
        return column
    column = copied(column)
    column.nullable = True
    return column


def with_null_defaults(operations: Sequence[op.MigrateOperation]) -> None:
    """Replace a dropped default of a nullable column by NULL.

    On MySQL an ``ALTER COLUMN … DROP DEFAULT`` leaves it without any: an INSERT must then name the
    column.
    """
    for operation in operations:
        if (
            not isinstance(operation, op.AlterColumnOp)
            or operation.modify_server_default is not None
        ):
            continue
        others = (operation.modify_type, operation.modify_nullable, operation.modify_name)
        if (
            operation.existing_nullable
            and operation.modify_comment is False
            and others == (None,) * 3
        ):
            operation.modify_server_default = sa.DefaultClause(sa.text("NULL"))
