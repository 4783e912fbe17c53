"""``lint_revisions``: what will a revision do to rows, to running code and to a busy table?

In a hook it looks at the staged revisions alone, by a replay that contacts no database.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from stillroom.console.output import note, print_json, remark
from stillroom.console.screen.terminal import show
from stillroom.findings import Finding
from stillroom.lint.check import Report, lint
from stillroom.lint.rule import Rule
from stillroom.lint.selection import changed_revisions, rules_of
from stillroom.project import settings as settings_
from stillroom.project.settings import Settings
from stillroom.release.models import Reader, release_reader
from stillroom.release.running import running
from stillroom.render.findings import FORMATS
from stillroom.render.lint_report import as_data, rendered
from stillroom.render.rules import as_markdown
from stillroom.render.sarif import as_sarif
from stillroom.replay import History
from stillroom.staged.revisions import published
from stillroom.staged.workspace import load_settings, project_history, staged_project


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="check all revisions, as the files are")
    parser.add_argument(
        "--explain", action="store_true", help="show the reasons and remedies of warnings too"
    )
    parser.add_argument("--rules", action="store_true", help="print the table of rules and stop")
    parser.add_argument("--from-ref", default=os.environ.get("PRE_COMMIT_FROM_REF"))
    parser.add_argument("--to-ref", default=os.environ.get("PRE_COMMIT_TO_REF"))
    parser.add_argument(
        "--all-files", action="store_true", help="accepted, because pre-commit passes it"
    )
    parser.add_argument("--format", choices=(*FORMATS, "sarif"), default="text")


def run(args: Namespace) -> int:
    root = Path.cwd()
    if args.rules:
        settings = settings_.load(root)
        print(as_markdown(rules_of(settings)))
        return 0
    report, known = _all(root) if args.all else _staged(root, args)
    if args.format == "json":
        print_json(as_data(report))
        return report.exit_code
    if args.format == "sarif":
        summaries = {rule.code: rule.summary for rule in known}
        print_json(as_sarif(report.findings, report.warnings, summaries))
    out, err = rendered(report, args.format, staged=not args.all, explain=args.explain)
    show(out)
    (note if report.exit_code else remark)(err)
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
    known = rules_of(settings)
    with release_reader() as read, project_history(settings, root) as history:
        release = _release(history, root, settings, read) if wanted != [] else None
        report = lint(history, known, settings, wanted=wanted, published=published, release=release)
    return report, known


def _release(
    history: History, root: Path, settings: Settings, read: Reader
) -> Sequence[Finding] | None:
    """What stops the code of the release that runs; None if that is not known."""
    release, reason = running(history, root, settings, read)
    if reason:
        note(f"{reason}. The rules guess what running code does.")
    return release.result.findings if release else None
