"""A report on a change of the history, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stillroom.diagram import Diagram
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_FINDINGS
from stillroom.findings import Finding
from stillroom.plan.text import Plan, Statement

# What gives other values to rows that are there, or takes rows away.
_OF_ROWS = re.compile(r"\s*(?:UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """``reasons`` say what cannot be told. Revisions are ids; those ``behind`` are new, but stand
    before one that a database may have, and those ``missing`` are in the beginning and not here.
    ``older`` are findings of ``drift`` that were there in the beginning.
    """

    since: str  # where it begins, in words
    target: str
    plan: Plan | None = None
    words: tuple[str, ...] = ()
    diagram: Diagram | None = None
    drift: tuple[Finding, ...] = ()
    older: tuple[Finding, ...] = ()
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    heads: tuple[Finding, ...] = ()
    behind: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    release: tuple[str, ...] = ()  # how far the code of the release that runs can go, in words
    server: str = ""  # the scratch server that has run revisions
    asked: bool = False  # whether the server of LINT_URL was
    sized: str = ""  # the database that has told how large its tables are

    def statements(self) -> Iterator[Statement]:
        """All statements to come."""
        for revision in self.plan.revisions if self.plan else ():
            yield from revision.statements

    def row_changes(self) -> list[Statement]:
        """The statements that change rows and are known to lose none."""
        return [
            statement
            for statement in self.statements()
            if not statement.losses and _OF_ROWS.match(statement.sql)
        ]

    @property
    def exit_code(self) -> int:
        """0 without findings (warnings do not count), 1 with findings, 2 cannot tell."""
        if self.reasons:
            return EXIT_CANNOT
        counts = (self.drift, self.errors, self.heads, self.behind, self.missing)
        return EXIT_FINDINGS if any(counts) else EXIT_CLEAN
