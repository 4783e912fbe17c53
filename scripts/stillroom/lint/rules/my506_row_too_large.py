"""MY506: rows that are longer than the server or a page of InnoDB takes."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.measures.intended_table import attempt
from stillroom.lint.measures.row_size import PAGE_LIMIT, ROW_LIMIT, as_text, size_of
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import column_code
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(act: Act) -> Iterator[Finding]:
    wanted = attempt(act)
    if wanted is None:
        return
    table = wanted.table
    size = size_of(table)
    if size is None or (size.row <= ROW_LIMIT and size.page <= PAGE_LIMIT):
        return
    long_row = size.row > ROW_LIMIT
    if long_row:
        took = f"{size.row} bytes; there are {ROW_LIMIT}"
    else:
        took = f"{size.page} bytes of a page, long values left out; there are {PAGE_LIMIT}"
    widest = ", ".join(f"{column.name} {shown(column.type)}" for column in size.widest)
    texts = [as_text(one) for one in size.widest if one.type.name in ("varchar", "varbinary")]
    yield Finding(
        "MY506",
        act.place,
        f"the longest row of {table.name} takes {took}",
        why=f"Most take {widest}. The server refuses it (error 1118).",
        fix="TEXT counts 12 bytes of a row; keep it for what is not searched for:\n"
        + block(*(f"{column_code(one, table)}," for one in texts))
        if long_row and texts
        else "Move columns that belong together to a table of their own, with the same key.",
    )


RULE = Rule("MY506", MAY_FAIL, "a row is longer than there is room for", each(look), settles=True)
