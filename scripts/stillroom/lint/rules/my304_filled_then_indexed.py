"""MY304: rows and the index on them in one revision."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import Run
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import create_index
from stillroom.lint.rule import BLOCKING, Rule


def look(run: Run) -> Iterator[Finding]:
    filled: set[str] = set()
    for act in run.acts:
        if act.rows_of and act.sql.lstrip()[:1] not in "dD":
            filled.add(act.rows_of.lower())
        if act.change is None or act.table.lower() not in filled:
            continue
        for index in act.change.new_indexes:
            yield Finding(
                "MY304",
                act.place,
                f"builds the index {index.name} on {act.table}, which this revision fills before",
                why="If the revision stops here, its rows are there and its index is not. A "
                f"transaction that still writes makes the build wait. {act.costs}",
                fix="Build the index in a revision of its own, after the rows:\n"
                f"{block(create_index(act.change.after, index))}",
            )


RULE = Rule("MY304", BLOCKING, "an index is built on a table that the revision fills", look)
