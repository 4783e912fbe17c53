"""MY105: a statement that empties or changes a whole table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stillroom.catalog import Table
from stillroom.catalog.parser.syntax import TableName, TruncateTable
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block, in_batches
from stillroom.lint.remedies.python_code import name_sql, sql_call
from stillroom.lint.rule import DATA_LOSS, Rule, each

_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"", re.S)
_CHANGE = re.compile(
    r"\s*(?:DELETE\s+(?:IGNORE\s+|QUICK\s+|LOW_PRIORITY\s+)*FROM|UPDATE(?:\s+IGNORE)?)"
    r"\s+`?(?P<table>\w+)`?(?P<rest>.*)",
    re.I | re.S,
)


def look(act: Act) -> Iterator[Finding]:
    if isinstance(act.statement, TruncateTable):
        if table := act.find(act.statement.table):
            yield _truncated(act, table)
        return
    match = _CHANGE.match(_QUOTED.sub("''", act.sql)) if act.kind == "dml" else None
    if match is None or re.search(r"\b(WHERE|LIMIT|JOIN)\b", match["rest"], re.I):
        return
    table = act.find(TableName(match["table"]))
    if table is not None:
        yield _changed(act, table)


def _changed(act: Act, table: Table) -> Finding:
    verb = "deletes" if act.sql.lstrip()[:1] in "dD" else "changes"
    code = in_batches(" ".join(act.sql.split()).rstrip("; "), table)
    batches = f"Go through them in batches, in a revision of its own:\n{code}\n" if code else ""
    return Finding(
        "MY105",
        act.place,
        f"{verb} every row of {table.name}",
        why="No downgrade brings back what was there; one statement over a large table also locks "
        "all of it until the end, and writers time out.",
        fix=f"{batches}If the table stays small, say so on the statement:\n"
        f"    # stillroom: allow MY105 {table.name} has some hundred rows",
    )


def _truncated(act: Act, table: Table) -> Finding:
    kept = f"{table.name[:59]}_kept"
    copies = (
        f"CREATE TABLE {name_sql(kept)} LIKE {name_sql(table.name)}",
        f"INSERT INTO {name_sql(kept)} SELECT * FROM {name_sql(table.name)}",
        f"TRUNCATE TABLE {name_sql(table.name)}",
    )
    comment = "  # stillroom: allow MY105 the rows are kept"
    return Finding(
        "MY105",
        act.place,
        f"empties the table {table.name}",
        why="No downgrade brings the rows back, and no transaction does: TRUNCATE commits.",
        fix="Keep the rows until nobody has missed them:\n"
        f"{block(*map(sql_call, copies))}{comment}",
    )


RULE = Rule("MY105", DATA_LOSS, "a table is emptied, or changed in all its rows", each(look))
