"""MY501: a unique key that rows may break."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.act import Act
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
        names = ", ".join(part.column or "..." for part in index.parts)
        yield Finding(
            "MY501",
            act.place,
            f"makes ({names}) unique in {act.table}, which may have rows",
            why="Two equal rows stop the statement at its end (error 1062); so does one that comes "
            f"while it runs. {act.costs}",
            fix="Look for them before, and say in the revision what becomes of them:\n"
            f"    SELECT {names}, COUNT(*) FROM {act.table} GROUP BY {names} HAVING COUNT(*) > 1",
        )


RULE = Rule("MY501", MAY_FAIL, "a unique key is put on rows that exist", each(look))
