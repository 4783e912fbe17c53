"""MY506: a row needs more bytes, or a table has more columns, than the server allows."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import Table
from stillroom.catalog import error_numbers as er
from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.measures.intended_table import intended_table
from stillroom.lint.measures.row_size import COLUMN_LIMIT, PAGE_LIMIT, ROW_LIMIT, as_text, size_of
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import column_code
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    wanted = intended_table(statement)
    if wanted is None:
        return
    table = wanted.table
    if table.engine == "InnoDB" and len(table.columns) > COLUMN_LIMIT:
        yield _too_many(statement, table)
    size = size_of(table)
    if size is None or (size.row <= ROW_LIMIT and size.page <= PAGE_LIMIT):
        return
    long_row = size.row > ROW_LIMIT
    if long_row:
        needs = f"{size.row} bytes; the limit is {ROW_LIMIT}"
    else:
        needs = f"{size.page} bytes of a page, long values left out; the limit is {PAGE_LIMIT}"
    widest = ", ".join(f"{column.name} {shown(column.type)}" for column in size.widest)
    texts = [
        as_text(column) for column in size.widest if column.type.name in ("varchar", "varbinary")
    ]
    yield Finding(
        "MY506",
        statement.place,
        f"the longest possible row of {table.name} needs {needs}",
        why=f"The widest columns: {widest}. The server refuses the table (error 1118).",
        fix="Use TEXT, which counts as 12 bytes of the row, for values that are never searched:\n"
        + block(*(f"{column_code(text, table)}," for text in texts))
        if long_row and texts
        else "Move columns that belong together to a table of their own with the same key.",
    )


def _too_many(statement: RevisionStatement, table: Table) -> Finding:
    number = er.CANT_CREATE_TABLE if statement.target.mariadb else er.TOO_MANY_FIELDS
    return Finding(
        "MY506",
        statement.place,
        f"{table.name} has {len(table.columns)} columns; the limit is {COLUMN_LIMIT}",
        why=f"The server refuses the table (error {number}).",
        fix="Move columns that belong together to a table of their own with the same key.",
    )


RULE = Rule(
    "MY506", MAY_FAIL, "a row or a table is larger than the server allows", each(look), settles=True
)
