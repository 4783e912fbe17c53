"""Operations beside Alembic's own: how they run, and how they are written into a revision."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op, renderers
from alembic.operations import Operations
from alembic.operations.ops import (
    BulkInsertOp,
    CreateCheckConstraintOp,
    CreatePrimaryKeyOp,
    MigrateOperation,
    RenameTableOp,
)
from sqlalchemy import DDL

from stillroom.errors import printable
from stillroom.project.alembic_env import alembic_internals

_ON_SERVERS = 'if op.get_context().dialect.name in ("mysql", "mariadb"):'
_WIDTH = 76


class ServerStatements(MigrateOperation):
    """Statements for MySQL and MariaDB that no operation of Alembic expresses.

    ``equivalents`` do the same on other databases, as far as that is possible.
    """

    def __init__(
        self, statements: Sequence[str], equivalents: Sequence[MigrateOperation] = ()
    ) -> None:
        self.statements, self.equivalents = list(statements), list(equivalents)


class Fill(MigrateOperation):
    """Gives the rows that have NULL in a column the value of an SQL expression.

    ``kept`` are columns that the server would set to the time of the UPDATE.
    """

    def __init__(
        self,
        schema: str | None,
        table: str,
        column: str,
        expression: str,
        kept: Sequence[str] = (),
    ) -> None:
        self.schema, self.table = schema, table
        self.column, self.expression, self.kept = column, expression, tuple(kept)


class Copy(Fill):
    """Keeps two columns equal by triggers, and fills one of them from the other.

    ``statements`` create the triggers that ``about`` needs, ``where`` is true of the rows that
    differ: both are set when the tables are known.
    """

    def __init__(self, schema: str | None, table: str, column: str, other: str, about: Any) -> None:
        super().__init__(schema, table, column, other)
        self.about = about
        self.statements: list[str] = []
        self.where = ""


class Remark(MigrateOperation):
    """Lines of comment; ``docstring`` makes them the docstring of the function instead."""

    def __init__(self, lines: Sequence[str], *, docstring: bool = False) -> None:
        self.lines, self.docstring = list(lines), docstring


class RenameTable(RenameTableOp):
    """Alembic's own operation, which Alembic cannot write into a revision."""


class AddCheck(CreateCheckConstraintOp):
    """Alembic's own operation, which not every version of Alembic can write."""


class AddPrimaryKey(CreatePrimaryKeyOp):
    """Alembic's own operation, which Alembic cannot write into a revision."""


class InsertRows(BulkInsertOp):
    """Alembic's own operation, which Alembic cannot write into a revision."""


class Refusal(MigrateOperation):
    """Ends a function that cannot do its work, and says why."""

    def __init__(self, why: str) -> None:
        self.why = why


OWN_OPERATIONS = (ServerStatements, Fill, Remark)


@Operations.implementation_for(ServerStatements)
@Operations.implementation_for(Copy)
def _run_statements(operations: Operations, operation: ServerStatements | Copy) -> None:
    for statement in operation.statements:
        # Unlike a text for the driver, it is compiled: each driver wants another % for a %.
        element = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        operations.get_bind().execute(element)


@Operations.implementation_for(Fill)
@Operations.implementation_for(Remark)
def _change_no_schema(operations: Operations, operation: MigrateOperation) -> None:
    """Neither changes tables."""


@renderers.dispatch_for(ServerStatements)
def _render_statements(context: AutogenContext, operation: ServerStatements) -> list[str]:
    lines = [_ON_SERVERS]
    lines += [
        f"op.execute({_executable(statement, context)})" for statement in operation.statements
    ]
    if not operation.equivalents:
        return [*lines, ""]
    others = [
        line for equivalent in operation.equivalents for line in render_op(context, equivalent)
    ]
    return [*lines, "else:", *others, ""]


@renderers.dispatch_for(AddCheck)
def _render_check(context: AutogenContext, operation: AddCheck) -> str:
    text = escaped(str(operation.condition))
    return _rendered_constraint(context, operation, "create_check_constraint", _literal(text))


@renderers.dispatch_for(AddPrimaryKey)
def _render_primary_key(context: AutogenContext, operation: AddPrimaryKey) -> str:
    columns = repr(list(operation.columns))
    return _rendered_constraint(context, operation, "create_primary_key", columns)


def _rendered_constraint(
    context: AutogenContext,
    operation: AddCheck | AddPrimaryKey,
    function: str,
    what: str,
) -> str:
    name, table = repr(operation.constraint_name), repr(operation.table_name)
    if alembic_internals.is_batch(context):
        return f"batch_op.{function}({name}, {what})"
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    return f"op.{function}({name}, {table}, {what}{schema})"


@renderers.dispatch_for(RenameTable)
def _render_rename(context: AutogenContext, operation: RenameTable) -> str:
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    return f"op.rename_table({operation.table_name!r}, {operation.new_table_name!r}{schema})"


@renderers.dispatch_for(InsertRows)
def _render_rows(context: AutogenContext, operation: InsertRows) -> list[str]:
    context.imports.add("import sqlalchemy as sa")
    table = operation.table
    columns = ", ".join(f"sa.column({column.name!r})" for column in table.columns)
    schema = f", schema={table.schema!r}" if table.schema else ""
    rows = ",\n        ".join(map(repr, operation.rows))
    return [
        f"op.bulk_insert(\n    sa.table({table.name!r}, {columns}{schema}),",
        f"    [\n        {rows},\n    ],\n)",
        "",
    ]


@renderers.dispatch_for(Remark)
def _render_remark(context: AutogenContext, operation: Remark) -> list[str]:
    if operation.docstring:
        text = "\n    ".join(operation.lines).replace("\\", "\\\\").replace('"""', "'''")
        ending = "\n    " if len(operation.lines) > 1 else ""
        return [f'"""{text}{ending}"""']
    return [f"# {line}" for line in operation.lines]


@renderers.dispatch_for(Refusal)
def _render_refusal(context: AutogenContext, operation: Refusal) -> str:
    return f"raise NotImplementedError({operation.why!r})"


@renderers.dispatch_for(Fill)
def _render_fill(context: AutogenContext, operation: Fill) -> list[str]:
    quote = context.dialect.identifier_preparer.quote if context.dialect else str
    column, value = quote(operation.column), operation.expression
    # Rows for which there is no value stay as they are, and NOT NULL refuses them afterwards.
    unset = f"{column} IS NULL AND ({value}) IS NOT NULL"
    kept = [quote(name) for name in operation.kept]
    return [*_batches(context, operation, f"{column} = {value}", kept, unset), ""]


@renderers.dispatch_for(Copy)
def _render_copy(context: AutogenContext, operation: Copy) -> list[str]:
    quote = context.dialect.identifier_preparer.quote if context.dialect else str
    values = f"{quote(operation.column)} = {quote(operation.expression)}"
    kept = [quote(name) for name in operation.kept]
    return [
        _ON_SERVERS,
        *(f"op.execute({_executable(statement, context)})" for statement in operation.statements),
        *_batches(context, operation, values, kept, operation.where),
        "else:",
        *_batches(context, operation, values, [], ""),
        "",
    ]


def _batches(
    context: AutogenContext, operation: Fill, values: str, kept: Sequence[str], where: str
) -> list[str]:
    context.imports.add("from stillroom import batches")
    values = ", ".join([values, *(f"{name} = {name}" for name in kept)])
    condition = f",\nwhere={_text(where)}" if where else ""
    schema = f", schema={operation.schema!r}" if operation.schema else ""
    return [
        "# Fill existing rows in batches, so that other writers wait only briefly.",
        f"batches.update({operation.table!r},\n{_text(values)}{condition}{schema})",
    ]


def _text(text: str) -> str:
    return f"(\n{_literal(escaped(text))}\n)"


def escaped(text: str) -> str:
    """``text`` for ``sa.text()``: its colons begin no parameters."""
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", text)


def _executable(statement: str, context: AutogenContext) -> str:
    if ":" in statement:
        # As text(), a colon would begin a parameter, in a comment or a default, too.
        context.imports.add("import sqlalchemy as sa")
        return f"sa.DDL(\n{_literal(statement.replace('%', '%%'))}\n)"
    return f"\n{_literal(statement)}\n"


def _literal(text: str) -> str:
    """A Python string literal for ``text``, in lines."""
    return "\n".join(repr(part) for part in _parts(text))


def _parts(text: str) -> Iterator[str]:
    """``text`` in pieces that fit into a line, cut after a space where there is one."""
    piece = ""
    for word in re.split(r"(?<= )", text):
        if piece and _width(piece + word) > _WIDTH:
            yield piece
            piece = ""
        piece += word
        while _width(piece) > _WIDTH:
            cut = next(n for n in range(len(piece), 0, -1) if _width(piece[:n]) <= _WIDTH)
            yield piece[:cut]
            piece = piece[cut:]
    if piece:
        yield piece


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in repr(text)) - 2


def wrapped(text: str, width: int = 90) -> list[str]:
    """``text`` as lines of a comment."""
    lines = textwrap.wrap(text, width, break_long_words=False) or [text]
    return list(map(printable, lines))
