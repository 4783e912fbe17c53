"""``check``: do the models need a revision that does not exist?

In a hook it judges what is staged, by a replay that contacts no database.
"""

from __future__ import annotations

import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stillroom.commands.lint_ahead import lint_ahead
from stillroom.console.output import note
from stillroom.drift import CANNOT_TELL, CLEAN, DRIFT, Verdict, baseline, check
from stillroom.errors import CannotTell
from stillroom.findings import Finding
from stillroom.project.git import tracked_files
from stillroom.project.project import alembic_config
from stillroom.project.settings import DEFAULT_TARGET, Settings
from stillroom.render.findings import FORMATS, as_github, as_json, as_text
from stillroom.shell import Command
from stillroom.staged import checkout, index_verdicts, revisions, tree_verdicts
from stillroom.staged.revisions import Staged
from stillroom.staged.workspace import (
    inside,
    load_settings,
    project_history,
    staged_project,
    version_folders,
)


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--staged", action="store_true", help="what is staged, as the hook judges it")
    what.add_argument("--worktree", action="store_true", help="the files as they are: the default")
    parser.add_argument("--from-ref", default=os.environ.get("PRE_COMMIT_FROM_REF"))
    parser.add_argument("--to-ref", default=os.environ.get("PRE_COMMIT_TO_REF"))
    parser.add_argument("--all-files", action="store_true", help="taken for pre-commit's sake")
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> int:
    root = Path.cwd()
    staged = args.staged or args.from_ref or args.to_ref
    report = staged_report(root, args) if staged else worktree_report(root)
    _print(report, args.format)
    return report.exit_code


@dataclass(frozen=True)
class Report:
    """The verdict, and all that was found, the causes behind the differences."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    judged: str  # "models" or "staged models"
    commands: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """The verdict's; drift too if the revisions themselves are at fault."""
        if self.verdict.status == CANNOT_TELL:
            return CANNOT_TELL
        return DRIFT if self.findings else CLEAN

    @property
    def exit_code(self) -> int:
        """0 clean, 1 drift, 2 cannot tell."""
        return replace(self.verdict, status=self.status).exit_code


def worktree_report(root: Path) -> Report:
    """Judge the files as they are."""
    settings = load_settings(root)
    with inside(settings):
        verdict, left = _judge(settings, root, tracked_files(root))
        commands = _commands(version_folders(settings), left, ())
    return Report(verdict, tuple(left), "models", commands)


def staged_report(root: Path, args: Namespace) -> Report:
    """Judge what is staged, or the commit ``args.to_ref``."""
    key = index_verdicts.index_key(str(root))
    instead = "judge the files as they are: --worktree"
    with staged_project(root, instead, since=args.from_ref, until=args.to_ref) as (
        settings,
        staged,
    ):
        report = _staged_report(root, settings, staged)
    if report.status == CLEAN and not args.to_ref:
        index_verdicts.remember(str(root), key)
        tree_verdicts.remember(root, staged.committed, staged.tree)
    return report


def _staged_report(root: Path, settings: Settings, staged: Staged) -> Report:
    verdict, left = _judge(settings, root, list(staged.tree), staged)
    found = [*revisions.of_published(staged), *revisions.of_losses(staged)]
    if any(finding.code.startswith("DR") for finding in left):
        covered = False
        if staged.left_out:
            checkout.overlay(settings.root, root, staged.left_out)
            covered = not _judge(settings, root, list(staged.tree))[1]
        found += revisions.of_drift(staged, covered)
    commands = _commands(staged.folders, left, found)
    return Report(verdict, (*left, *found), "staged models", commands)


def _judge(
    settings: Settings, root: Path, files: Sequence[str], staged: Staged | None = None
) -> tuple[Verdict, list[Finding]]:
    """The verdict on the project at ``settings.root``, and its findings less the baseline.

    With ``staged`` the other hook's answer is prepared while the history is open.
    """
    packages = tuple(f"{name.partition('.')[0]}/" for name in settings.models)
    sources = [name for name in files if name.startswith(packages) and name.endswith(".py")]
    try:
        with project_history(settings, root) as history:
            verdict = check(history, sources=sources)
            if staged is not None and verdict.status != CANNOT_TELL:
                lint_ahead(history, root, settings, staged)
    except CannotTell as reason:  # the files make no history
        verdict = Verdict(CANNOT_TELL, settings.target or DEFAULT_TARGET, reason=reason)
    config = alembic_config(settings)
    shown = baseline.path(settings.root, config).relative_to(settings.root).as_posix()
    if verdict.status == CANNOT_TELL and (scratch := os.environ.get("SCRATCH_URL")):
        from stillroom.drift.on_scratch_server import check_on_server

        verdict = check_on_server(config, scratch, verdict.target)
    if verdict.status == CANNOT_TELL:
        return verdict, []
    return verdict, baseline.left(verdict.findings, baseline.read(settings.root / shown), shown)


def _commands(
    folders: Sequence[str], left: Sequence[Finding], found: Sequence[Finding]
) -> tuple[str, ...]:
    """What to paste to get on, if a new revision is what is missing."""
    if found or not any(finding.code.startswith("DR") for finding in left):
        return ()
    return (str(Command("revision", m="…")), f"git add {shlex.join(folders)}")


def _print(report: Report, format_: str) -> None:
    verdict = report.verdict
    if format_ == "json":
        reason = str(verdict.reason) if verdict.reason else None
        more = {"status": report.status, "target": str(verdict.target), "reason": reason}
        print(as_json(report.findings, **more))
        return
    if format_ == "github":
        print(as_github(report.findings))
    elif report.findings:
        print(as_text(report.findings))
    if report.commands:
        print(f"\n{_count(report)} To cover {'it' if len(report.findings) == 1 else 'them'}:\n")
        print("".join(f"    {command}\n" for command in report.commands))
    note(_summary(report))


def _count(report: Report) -> str:
    count = len(report.findings)
    changes = "1 model change is" if count == 1 else f"{count} model changes are"
    revision = "any staged revision" if report.judged.startswith("staged") else "any revision"
    return f"{changes} not covered by {revision}."


def _summary(report: Report) -> str:
    verdict, staged = report.verdict, report.judged != "models"
    skip = ["Skip once: SKIP=check-revision git commit"] if staged else []
    if verdict.reason is not None:
        return "\n".join([str(verdict.reason), *skip])
    count = verdict.revisions
    revisions = "1 revision" if count == 1 else f"{count} revisions"
    text = (
        f"Compared the {report.judged} with a replay of {revisions} for {verdict.target}; "
        "no database was contacted."
    )
    return f"Clean. {text}" if report.status == CLEAN else "\n".join([text, *skip])
