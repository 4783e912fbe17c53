"""MY501: a unique key that rows may break."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.change is None:
        return
    added = {column.name for column in act.change.added}
    there = [set(index.columns) for index in act.change.before.indexes if index.unique]
    for index in act.change.new_indexes:
        columns = set(index.columns)
        nulls = all(act.change.after.by_name[name.lower()].nullable for name in columns if name)
        if not index.unique or any(unique <= columns for unique in there):
            continue
        if columns & added and nulls:
            continue  # a new column is NULL everywhere, and NULLs are never equal
        if _unique_before(act, columns):
            continue
        names = ", ".join(
            name_sql(part.column) if part.expression is None else f"({part.expression})"
            for part in index.parts
        )
        table = name_sql(act.table)
        yield Finding(
            "MY501",
            act.place,
            f"makes ({names}) unique in {act.table}, which may have rows",
            why="Two equal rows stop the statement at its end (error 1062); so does one that comes "
            f"while it runs. {act.costs}",
            fix="Look for them before:\n"
            f"    SELECT {names}, COUNT(*) FROM {table} GROUP BY {names} HAVING COUNT(*) > 1\n"
            "Where there are none, and the code makes none any more, say so on the statement:\n"
            "    # stillroom: allow MY501 no two rows are equal",
        )


def _unique_before(act: Act, columns: set[str]) -> bool:
    """Whether the rows were unique when the revision began, or had no such column."""
    table = act.at_start(act.table)
    if table is None or not act.unwritten(act.table, columns):
        return False
    new = [name for name in columns if name and table.column(name) is None]
    if any(act.change and act.change.after.by_name[name.lower()].nullable for name in new):
        return True
    return any(index.unique and set(index.columns) <= columns for index in table.indexes)


RULE = Rule("MY501", MAY_FAIL, "a unique key is put on rows that exist", each(look))
