"""MY304: an index is built on a table that the same revision fills."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import LintedRevision
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import create_index
from stillroom.lint.rule import BLOCKING, Rule


def look(revision: LintedRevision) -> Iterator[Finding]:
    filled: set[str] = set()
    for statement in revision.statements:
        if statement.rows_of and statement.sql.lstrip()[:1] not in "dD":
            filled.add(statement.rows_of.lower())
        if statement.change is None or statement.table.lower() not in filled:
            continue
        for index in statement.change.new_indexes:
            yield Finding(
                "MY304",
                statement.place,
                f"builds the index {index.name} on {statement.table}, after filling the table",
                why="If the revision stops here, the rows are there and the index is not. Open "
                f"transactions make the build wait. {statement.costs}",
                fix="Build the index in a later revision of its own:\n"
                f"{block(create_index(statement.change.after, index))}",
            )


RULE = Rule("MY304", BLOCKING, "an index is built on a table that the revision fills", look)
