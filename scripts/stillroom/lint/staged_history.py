"""Judges the staged revisions where the application cannot be imported: neither it nor env.py runs.

It is what an isolated environment of pre-commit can do, which has nothing of the application.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from stillroom.drift import CANNOT_TELL, CLEAN, DRIFT
from stillroom.findings import Finding
from stillroom.lint.check import Report, lint
from stillroom.lint.selection import changed_revisions, rules_of
from stillroom.replay.revisions.heads import of_heads
from stillroom.staged import revisions
from stillroom.staged.workspace import project_history, staged_project


@dataclass(frozen=True)
class HistoryReport:
    """What the rules say of the staged revisions, and what is wrong with the history itself.

    ``revisions`` is how many the history has.
    """

    lint: Report
    findings: tuple[Finding, ...]
    revisions: int

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 cannot tell."""
        return max(self.lint.exit_code, 1 if self.findings else 0)

    @property
    def status(self) -> str:
        """The verdict in the words of a check of models: drift if the revisions are at fault."""
        return (CLEAN, DRIFT, CANNOT_TELL)[self.exit_code]

    @property
    def together(self) -> Report:
        """What the rules say, behind what is wrong with the history."""
        return replace(self.lint, findings=(*self.findings, *self.lint.findings))


def judge(root: Path, *, since: str | None = None, until: str | None = None) -> HistoryReport:
    """Judge what is staged, or the commit ``until``, compared with HEAD or the commit ``since``.

    Raises CannotTell if the files make no history.
    """
    instead = "judge all revisions where the application can be imported: lint-revisions --all"
    with (
        staged_project(root, instead, since=since, until=until) as (settings, staged),
        project_history(settings, root, runs_env=False) as history,
    ):
        report = lint(
            history,
            rules_of(settings),
            settings,
            wanted=changed_revisions(staged),
            published=dict(revisions.published(staged)),
        )
        findings = (
            *of_heads(history.heads()),
            *revisions.of_published(staged),
            *revisions.of_losses(staged),
            *revisions.of_left_out(staged),
        )
        return HistoryReport(report, findings, len(history.revisions))
