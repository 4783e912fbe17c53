"""MY601: tables and rows change in one revision."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import Act, Run
from stillroom.lint.rule import STRUCTURE, WARNING, Rule


def look(run: Run) -> Iterator[Finding]:
    data = next((act for act in run.acts if act.kind == "dml"), None)
    ddl = next((act for act in run.acts if _alters(act)), None)
    if data is None or ddl is None:
        return
    yield Finding(
        "MY601",
        data.place,
        f"changes rows in a revision that also changes tables ({ddl.place})",
        why="DDL commits by itself: if a later statement fails, the rows before it are changed, "
        "and running the revision again changes them twice.",
        fix="Put the rows into a revision of their own:\n"
        f'    make revision m="rows of {data.rows_of or run.revision}" empty=1',
    )


def _alters(act: Act) -> bool:
    return act.change is not None


RULE = Rule("MY601", STRUCTURE, "tables and rows change in one revision", look, WARNING)
