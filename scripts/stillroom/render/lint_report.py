"""Renders what ``lint-revisions`` has found, in each of its formats."""

from __future__ import annotations

from dataclasses import replace

from stillroom.errors import counted
from stillroom.findings import Finding
from stillroom.lint.check import Report
from stillroom.marked import Line, error_lines, line
from stillroom.render.findings import as_github, as_lines, entries, summary
from stillroom.replay import scratch
from stillroom.shell import Command, skip_hint


def rendered(
    report: Report,
    format_: str,
    *,
    staged: bool,
    explain: bool = False,
    hook: str = "lint-revisions",
) -> tuple[list[Line], list[Line]]:
    """What goes to stdout, as text or for GitHub, and what is said beside it on stderr.

    As text a warning is one line; with ``explain`` it comes with its reason and its remedy.
    ``hook`` is the one that a commit may skip, if what is ``staged`` is judged.
    """
    lines: list[Line] = []
    if format_ == "github":
        parts = as_github(report.findings), as_github(report.warnings, "warning")
        lines = [line(part) for part in parts if part]
    elif format_ == "text":
        warnings = [_as_warning(warning, explain=explain) for warning in report.warnings]
        lines = [*as_lines(report.findings), *as_lines(warnings, "warning")]
    skip = skip_hint(hook) if staged else []
    return lines, _summary(report, skip, staged=staged, explain=explain or format_ != "text")


def as_data(report: Report) -> dict[str, object]:
    """One object: ``target``, ``reason``, ``warnings`` and ``findings``."""
    return {
        "target": str(report.target),
        "reason": str(report.reason) if report.reason else None,
        "warnings": entries(report.warnings),
        "findings": entries(report.findings),
    }


def _as_warning(finding: Finding, *, explain: bool) -> Finding:
    warning = replace(finding, what=f"warning: {finding.what}")
    return warning if explain else replace(warning, why="", fix="")


def contacted(server: str, *, asked: bool, sized: str = "") -> str:
    """The servers that had a part in it: a scratch server, that of LINT_URL, that of ``sized``."""
    servers = [scratch.words(server)] if server else []
    if asked:
        servers.append("the server of LINT_URL was asked what the statements cost")
    if sized:
        servers.append(f"{sized} was asked how large its tables are")
    return ", and ".join(servers) or "no database was contacted"


def _summary(report: Report, skip: list[str], *, staged: bool, explain: bool) -> list[Line]:
    if report.reason is not None:
        return [*error_lines(report.reason), *map(line, skip)]
    count = report.revisions
    if not count:
        return [summary("No revision is staged." if staged else "There is no revision.")]
    how = contacted(report.server, asked=report.asked)
    text = f"Looked at {counted(count, 'revision')} for {report.target}; {how}."
    if report.end:
        text += f" The server would refuse {report.end}; the statements after it were not checked."
    if report.warnings and not explain:
        them = "the warning" if len(report.warnings) == 1 else "the warnings"
        text += (
            f" To have {them} explained: {Command('lint-revisions', all=not staged, explain=True)}"
        )
    if not report.findings:
        return [summary(f"Clean. {text}")]
    first = report.findings[0].where
    codes = dict.fromkeys(finding.code for finding in report.findings if finding.where == first)
    allow = f"Where it is safe, say why: # stillroom: allow {' '.join(codes)} <reason>"
    return [summary(text), line(allow), *map(line, skip)]
