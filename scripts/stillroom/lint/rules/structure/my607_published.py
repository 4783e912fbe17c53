"""MY607: a revision is changed that others may have run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import LintedRevision
from stillroom.lint.rule import STRUCTURE, Rule
from stillroom.shell import Command


def look(revision: LintedRevision) -> Iterator[Finding]:
    if revision.published:
        yield Finding(
            "MY607",
            revision.at(1),
            f"was changed, but others may have run it, as of {revision.published}",
            why="Databases that have run it do not run it again: two databases at the same "
            "revision then have different tables.",
            fix="Undo the change, and make it in a new revision:\n"
            f"    git restore --source={shlex.quote(revision.published)} --staged --worktree "
            f"-- {shlex.quote(revision.file)}\n"
            f"    {Command('revision', m=f'what {revision.id} left out')}",
        )


RULE = Rule("MY607", STRUCTURE, "a revision is changed that others may have run", look)
