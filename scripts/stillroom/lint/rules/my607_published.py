"""MY607: a revision that others may have run is changed."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import Run
from stillroom.lint.rule import STRUCTURE, Rule


def look(run: Run) -> Iterator[Finding]:
    if run.published:
        yield Finding(
            "MY607",
            run.at(1),
            f"is changed, and others may have run it as of {run.published}",
            why="Databases that have run it will not run it again: from now on two of them at the "
            "same revision have different tables.",
            fix="Take the change back, and put it into a revision of its own:\n"
            f"    git restore --source={run.published} --staged --worktree -- {run.file}\n"
            f'    make revision m="what {run.revision} left out"',
        )


RULE = Rule("MY607", STRUCTURE, "a revision that others may have run is changed", look)
