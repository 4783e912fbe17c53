"""``lint_revisions``: what will a revision do to rows, to running code and to a busy table?

In a hook it looks at the staged revisions alone, by a replay that contacts no database.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stillroom.console.output import note
from stillroom.findings import Finding
from stillroom.lint.check import Report, lint
from stillroom.lint.rule import Rule
from stillroom.lint.selection import changed_revisions, rules_of
from stillroom.project import settings as settings_
from stillroom.project.settings import Settings
from stillroom.render.findings import FORMATS, as_github, as_json, as_text, entries
from stillroom.render.rules import as_markdown
from stillroom.render.sarif import as_sarif
from stillroom.staged.revisions import published
from stillroom.staged.workspace import load_settings, project_history, staged_project


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="all revisions, as the files are")
    parser.add_argument("--rules", action="store_true", help="print the table of rules, and stop")
    parser.add_argument("--from-ref", default=os.environ.get("PRE_COMMIT_FROM_REF"))
    parser.add_argument("--to-ref", default=os.environ.get("PRE_COMMIT_TO_REF"))
    parser.add_argument("--all-files", action="store_true", help="taken for pre-commit's sake")
    parser.add_argument("--format", choices=(*FORMATS, "sarif"), default="text")


def run(args: Namespace) -> int:
    root = Path.cwd()
    if args.rules:
        settings = settings_.load(root)
        print(as_markdown(rules_of(settings)))
        return 0
    report, known = _all(root) if args.all else _staged(root, args)
    out, err = rendered(report, known, args.format, staged=not args.all)
    if out:
        print(out)
    if err:
        note(err)
    return report.exit_code


def _all(root: Path) -> tuple[Report, list[Rule]]:
    return _lint(load_settings(root), root, None)


def _staged(root: Path, args: Namespace) -> tuple[Report, list[Rule]]:
    """Look at what is staged, or at what came between two commits."""
    instead = "look at all revisions: --all"
    with staged_project(root, instead, since=args.from_ref, until=args.to_ref) as (
        settings,
        staged,
    ):
        return _lint(settings, root, changed_revisions(staged), dict(published(staged)))


def _lint(
    settings: Settings,
    root: Path,
    wanted: Sequence[str] | None,
    published: Mapping[str, str] | None = None,
) -> tuple[Report, list[Rule]]:
    with project_history(settings, root) as history:
        known = rules_of(settings)
        return lint(history, known, settings, wanted=wanted, published=published), known


def rendered(
    report: Report, known: Sequence[Rule], format_: str, *, staged: bool
) -> tuple[str, str]:
    """The answer, and what is told beside it."""
    if format_ == "json":
        reason = str(report.reason) if report.reason else None
        more = {"target": str(report.target), "reason": reason}
        return as_json(report.findings, warnings=entries(report.warnings), **more), ""
    if format_ == "sarif":
        summaries = {one.code: one.summary for one in known}
        out = as_sarif(report.findings, report.warnings, summaries)
    elif format_ == "github":
        lines = as_github(report.findings), as_github(report.warnings, "warning")
        out = "\n".join(line for line in lines if line)
    else:
        out = as_text((*report.findings, *map(_as_warning, report.warnings)))
    return out, _summary(report, staged=staged)


def _as_warning(finding: Finding) -> Finding:
    return replace(finding, what=f"warning: {finding.what}")


def _asked(report: Report) -> str:
    if report.asked:
        return "the server of LINT_URL was asked what the statements cost"
    return "no database was contacted"


def _summary(report: Report, *, staged: bool) -> str:
    skip = ["Skip once: SKIP=lint-revisions git commit"] if staged else []
    if report.reason is not None:
        return "\n".join([str(report.reason), *skip])
    count = report.revisions
    if not count:
        return "No revision is staged." if staged else "There is no revision."
    text = (
        f"Looked at {count} revision{'s' if count > 1 else ''} for {report.target}; "
        f"{_asked(report)}."
    )
    if report.end:
        text += f" The server refuses {report.end}: what follows it was not looked at."
    if not report.findings:
        return f"Clean. {text}"
    first = report.findings[0].where
    codes = dict.fromkeys(one.code for one in report.findings if one.where == first)
    allow = f"Where it is safe, say why: # stillroom: allow {' '.join(codes)} <reason>"
    return "\n".join([text, allow, *skip])
