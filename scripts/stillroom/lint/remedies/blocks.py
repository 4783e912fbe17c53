"""Parts of remedies that several rules use: indented blocks, updates in batches, lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stillroom.catalog import Table
from stillroom.catalog.types.kinds import is_integer
from stillroom.errors import printable
from stillroom.lint.remedies.python_code import driver_call, name_sql, quoted

BATCH = 5_000


def block(*lines: str) -> str:
    """Code as a remedy shows it, indented."""
    return "\n".join(f"    {line}".rstrip() for text in lines for line in text.splitlines())


def in_batches(statement: str, table: Table) -> str:
    """The revision that runs an UPDATE or DELETE on ranges of the primary key.

    ``statement`` ends where a condition has room. Where no number is the key, it takes rows until
    none is left; nothing where it would never end.
    """
    key = table.primary_key
    column = table.column(key.columns[0]) if key and len(key.parts) == 1 else None
    glue = "AND" if " WHERE " in statement else "WHERE"
    head = ["# stillroom: data-only", "", "", "def upgrade() -> None:"]
    head.append("    with op.get_context().autocommit_block():")
    if column is None or not is_integer(column.type):
        ends = glue == "AND" or statement.startswith("DELETE")
        return block(*head, *_until_none(statement)) if ends else ""
    name = name_sql(column.name)
    most = driver_call(f"SELECT MAX({name}) FROM {name_sql(table.name)}")
    condition = f" {glue} {_in_f_string(name)} BETWEEN {{first}} AND {{first + {BATCH - 1}}}"
    return block(
        *head,
        f"        last = {most}.scalar() or 0",
        f"        for first in range(0, last + 1, {BATCH}):",
        "            op.get_bind().exec_driver_sql(",
        f"                f{quoted(_in_f_string(statement))}",
        f"                f{quoted(condition)}",
        "            )",
    )


def _in_f_string(sql: str) -> str:
    """SQL for a driver that formats it, in an f-string."""
    return sql.replace("{", "{{").replace("}", "}}").replace("%", "%%")


def _until_none(statement: str) -> Sequence[str]:
    call = driver_call(f"{statement} LIMIT {BATCH}")
    return [f"        while {call}.rowcount:", "            pass"]


def query(sql: str) -> str:
    """A query to paste; as Python where a terminal would not show all of it."""
    return block(sql if printable(sql) == sql else f"{driver_call(sql)}.all()")


def small_tables(table: str) -> str:
    """How to say that a table stays small; nothing where alembic.ini cannot hold its name."""
    if re.search(r"\s", table) or printable(table) != table or table[:1] in "#;":
        return ""
    name = table.replace("%", "%%")
    return f"If it stays small, say so in alembic.ini: small_tables = {name}"


def capitalized(text: str) -> str:
    """``text`` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def enumerated(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
