"""MY105: a statement that empties or changes a whole table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stillroom.catalog.syntax import TableName, TruncateTable
from stillroom.findings import Finding
from stillroom.lint.act import Act
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
            yield _finding(act, f"empties the table {table.name}", table.name)
        return
    match = _CHANGE.match(_QUOTED.sub("''", act.sql)) if act.kind == "dml" else None
    if match is None or re.search(r"\b(WHERE|LIMIT|JOIN)\b", match["rest"], re.I):
        return
    table = act.find(TableName(match["table"]))
    if table is not None:
        verb = "deletes" if act.sql.lstrip()[:1] in "dD" else "changes"
        yield _finding(act, f"{verb} every row of {table.name}", table.name)


def _finding(act: Act, what: str, table: str) -> Finding:
    return Finding(
        "MY105",
        act.place,
        what,
        why="No downgrade brings the rows back; one statement over a large table also locks all "
        "of it until the end, and writers time out.",
        fix="Name the rows, and go through them in batches by primary key:\n"
        f'    op.execute("UPDATE {table} SET ... WHERE id BETWEEN 1 AND 5000")',
    )


RULE = Rule("MY105", DATA_LOSS, "a table is emptied, or changed in all its rows", each(look))
