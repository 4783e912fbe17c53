"""MY203: a column becomes NOT NULL, and nothing has replaced its NULLs."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.executed import LintedRevision, RevisionStatement, sets
from stillroom.lint.remedies.blocks import in_batches
from stillroom.lint.remedies.python_code import name_sql, zero_sql
from stillroom.lint.rule import WRONG_RESULT, Rule


def look(revision: LintedRevision) -> Iterator[Finding]:
    updates: list[RevisionStatement] = []
    for statement in revision.statements:
        if statement.kind == "dml":
            updates.append(statement)
        if statement.change is None:
            continue
        for old, new in statement.change.changed:
            if not old.nullable or new.nullable or new.generated is not None:
                continue
            own = [update.sql for update in updates if update.rows_of == statement.table]
            if any(sets(sql, old.name) for sql in own):
                continue
            yield Finding(
                "MY203",
                statement.place,
                f"makes {statement.table}.{new.name} NOT NULL, but nothing here replaces its NULLs",
                why="A single NULL stops the statement (error 1265 or 1138); without strict mode "
                f"it silently becomes 0 or ''. {statement.costs}",
                fix="First replace them, in a revision of its own:\n"
                f"{in_batches(_update(statement.table, new), statement.change.before)}\n"
                "Then say so on the statement:\n"
                "    # stillroom: allow MY203 filled in the revision before",
            )


def _update(table: str, column: Column) -> str:
    name = name_sql(column.name)
    return f"UPDATE {name_sql(table)} SET {name} = {zero_sql(column)} WHERE {name} IS NULL"


RULE = Rule(
    "MY203", WRONG_RESULT, "a column becomes NOT NULL, and nothing has replaced its NULLs", look
)
