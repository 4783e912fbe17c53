"""MY105: a table is emptied, or all its rows are changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stillroom.catalog import Table
from stillroom.catalog.parser.syntax import TableName, TruncateTable
from stillroom.errors import printable
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement, sets, unquoted_name
from stillroom.lint.remedies.blocks import block, in_batches
from stillroom.lint.remedies.python_code import name_sql, one_line, sql_call
from stillroom.lint.rule import DATA_LOSS, Rule, each

# A name in backticks, or a string, whose content is left out.
_TEXT = re.compile(r"(`(?:[^`]|``)*`)|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"", re.S)
_BOUND = re.compile(r"\b(WHERE|LIMIT|JOIN)\b", re.I)
_CHANGE = re.compile(
    r"\s*(?:DELETE\s+(?:IGNORE\s+|QUICK\s+|LOW_PRIORITY\s+)*FROM|UPDATE(?:\s+IGNORE)?)"
    r"\s+(?P<table>`(?:[^`]|``)*`|\w+)(?P<rest>.*)",
    re.I | re.S,
)


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if isinstance(statement.parsed, TruncateTable):
        if table := statement.find(statement.parsed.table):
            yield _truncated(statement, table)
        return
    if statement.kind != "dml":
        return
    match = _CHANGE.match(_TEXT.sub(lambda text: text[1] or "''", statement.sql))
    if match is None or _BOUND.search(_TEXT.sub("''", match["rest"])):
        return
    table = statement.find(TableName(unquoted_name(match["table"])))
    if table is not None and not _sets_only_new_columns(statement, table):
        yield _changed(statement, table)


def _sets_only_new_columns(statement: RevisionStatement, table: Table) -> bool:
    """Whether an UPDATE fills columns that the revision itself has added: they had no values."""
    start = statement.at_start(table.name)
    if start is None or statement.sql.lstrip()[:1] in "dD":
        return False
    return not any(sets(statement.sql, column.name) for column in start.columns)


def _changed(statement: RevisionStatement, table: Table) -> Finding:
    verb = "deletes" if statement.sql.lstrip()[:1] in "dD" else "changes"
    code = in_batches(one_line(statement.sql).rstrip("; "), table)
    batches = f"Work in batches, in a revision of its own:\n{code}\n" if code else ""
    return Finding(
        "MY105",
        statement.place,
        f"{verb} every row of {table.name}",
        why="A downgrade cannot bring the old values back. On a large table, one statement also "
        "locks all rows until it ends, and other writers time out.",
        fix=f"{batches}If the table stays small, say so on the statement:\n"
        f"    # stillroom: allow MY105 {printable(table.name)} has a few hundred rows",
    )


def _truncated(statement: RevisionStatement, table: Table) -> Finding:
    kept = f"{table.name[:59]}_kept"
    copies = (
        f"CREATE TABLE {name_sql(kept)} LIKE {name_sql(table.name)}",
        f"INSERT INTO {name_sql(kept)} SELECT * FROM {name_sql(table.name)}",
        f"TRUNCATE TABLE {name_sql(table.name)}",
    )
    comment = "  # stillroom: allow MY105 the rows are kept"
    return Finding(
        "MY105",
        statement.place,
        f"empties the table {table.name}",
        why="Neither a downgrade nor a rollback brings the rows back: TRUNCATE commits.",
        fix="Keep a copy until it is certain that nobody needs the rows:\n"
        f"{block(*map(sql_call, copies))}{comment}",
    )


RULE = Rule("MY105", DATA_LOSS, "a table is emptied, or all its rows are changed", each(look))
