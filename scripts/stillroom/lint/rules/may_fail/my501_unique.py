"""MY501: a unique key is added that existing rows may violate."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import KeyPart
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import query
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import MAY_FAIL, Rule, each

_DUPLICATES = "SELECT {names}, COUNT(*) FROM {table} GROUP BY {names} HAVING COUNT(*) > 1"
_ROWS = "SELECT COUNT(*) FROM {table}"


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if statement.change is None:
        return
    added = {column.name for column in statement.change.added}
    numbered = {column.name for column in statement.change.added if column.auto_increment}
    unique_columns = [
        set(index.columns) for index in statement.change.before.indexes if index.unique
    ]
    for index in statement.change.new_indexes:
        columns = set(index.columns)
        nulls = all(
            statement.change.after.by_name[name.lower()].nullable for name in columns if name
        )
        if not index.unique or any(unique <= columns for unique in unique_columns):
            continue
        if columns & added and nulls:
            continue  # a new column is NULL everywhere, and NULLs are never equal
        if columns & numbered:
            continue  # the server gives each row a number of its own
        if _unique_before(statement, columns):
            continue
        names = ", ".join(map(_text, index.parts))
        table = name_sql(statement.table)
        there = ", ".join(_text(part) for part in index.parts if part.column not in added)
        if there:
            lead = "Look for duplicates first:"
            asked = _DUPLICATES.format(names=there, table=table)
        else:
            lead = "All rows get the same value, so two are duplicates. Count them:"
            asked = _ROWS.format(table=table)
        yield Finding(
            "MY501",
            statement.place,
            f"makes ({names}) unique in {statement.table}, which may have duplicates",
            why="Two equal rows stop the statement at its end (error 1062), and so does a "
            f"duplicate that is inserted meanwhile. {statement.costs}",
            fix=f"{lead}\n{query(asked)}\n"
            "If there are none, and no code inserts any, say so on the statement:\n"
            "    # stillroom: allow MY501 no two rows are equal",
        )


def _text(part: KeyPart) -> str:
    return name_sql(part.column) if part.expression is None else f"({part.expression})"


def _unique_before(statement: RevisionStatement, columns: set[str]) -> bool:
    """Whether the rows were unique when the revision began, or had no such column."""
    table = statement.at_start(statement.table)
    if table is None or not statement.unwritten(statement.table, columns):
        return False
    new = [name for name in columns if name and table.column(name) is None]
    if any(
        statement.change and statement.change.after.by_name[name.lower()].nullable for name in new
    ):
        return True
    return any(index.unique and set(index.columns) <= columns for index in table.indexes)


RULE = Rule("MY501", MAY_FAIL, "a unique key is added that existing rows may violate", each(look))
