"""``status``: where the database is, what is pending, and what is wrong, in one screen."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from stillroom import apply
from stillroom.apply import Status
from stillroom.apply.errors import shorten
from stillroom.console.output import note_database
from stillroom.drift import CANNOT_TELL, CLEAN
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_FINDINGS, CannotTell, counted
from stillroom.plan.start import server_target
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import open_project
from stillroom.project.settings import DEFAULT_TARGET
from stillroom.replay import scratch
from stillroom.shell import Command
from stillroom.staged.live_tables import changed_by_hand
from stillroom.staged.report import worktree_report
from stillroom.staged.workspace import load_settings

_NEXT = "\n          "  # a line below one of the answer


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    # The replays import the application as if its database were the target.
    models = in_fresh_process(lambda: _models(Path.cwd()))
    database = in_fresh_process(_look)
    status = database.status
    codes = [EXIT_CLEAN if status.up_to_date else EXIT_FINDINGS]
    print(f"database  {database.name}, {status.server}")
    print("\n".join([*_assumed_target(status), *_revisions(status)]))
    for text, code in (_live(database), models):
        print(text)
        codes.append(code)
    return max(codes)


@dataclass(frozen=True)
class _Database:
    """A database that has been looked at, and how to look again."""

    name: str
    url: URL
    status: Status


def _look() -> _Database:
    project = open_project()
    note_database(project)
    with project.explaining():
        return _Database(project.database, project.url, apply.status(project.config))


def _assumed_target(status: Status) -> list[str]:
    """A line, if checks and plans are made for another server than the one that is there."""
    settings = load_settings(Path.cwd())
    if settings.target is not None or status.server.kind == "sqlite":
        return []
    if status.server.series == str(DEFAULT_TARGET):
        return []
    return [
        f"target    none is set, so `check` assumes {DEFAULT_TARGET}. Set it in "
        f"{settings.ini.name}, [stillroom]: target = {status.server.series}"
    ]


def _revisions(status: Status) -> list[str]:
    lines = [f"revision  {', '.join(status.heads) or 'none'}"]
    if status.unknown:
        lines.append(f"unknown   {', '.join(status.unknown)}: there is no file for it here")
    lines.append(f"pending   {', '.join(status.pending) or 'nothing'}")
    half_applied = status.half_applied
    if half_applied is not None:
        done = counted(len(half_applied.done), "statement is", "statements are")
        lines.append(
            f"half-way  the {half_applied.direction} of {half_applied.revision}: {done} "
            f"done; {Command('resume')} finishes it, {Command('repair')} shows it"
        )
        if half_applied.in_doubt:
            lines.append(f"          interrupted in: {shorten(half_applied.in_doubt)}")
    if status.deployer is not None:
        who = status.deployer
        state = {True: ": at work", False: ": has ended", None: ""}[who.at_work]
        lines.append(f"deployer  {who.host}, connection {who.connection}, since {who.since}{state}")
    if status.sources:
        lines.append(f"sources   {status.sources} records the text of each applied revision")
    lines += [f"          {finding.headline}" for finding in status.findings]
    return lines


def _live(database: _Database) -> tuple[str, int]:
    """The tables of the server against what its revisions make: changes by hand."""
    status = database.status
    if status.server.kind == "sqlite":
        return (
            "tables    not compared: SQLite keeps less about a table than a server does",
            EXIT_CLEAN,
        )
    if status.half_applied is not None or status.unknown:
        return "tables    not compared while a revision is half-applied or unknown", EXIT_FINDINGS
    try:
        target = server_target(status.server, database.name)
        settings = load_settings(Path.cwd())
        changed, server = changed_by_hand(settings, database.url, status.heads, target)
    except CannotTell as reason:
        return f"tables    cannot tell: {reason}", EXIT_CANNOT
    asked = [f"({scratch.words(server)})"] if server else []
    if not changed:
        return _NEXT.join(["tables    match the revisions", *asked]), EXIT_CLEAN
    return _NEXT.join(["tables    changed by hand:", *changed, *asked]), EXIT_FINDINGS


def _models(root: Path) -> tuple[str, int]:
    report = worktree_report(root)
    if report.status == CANNOT_TELL:
        return f"models    cannot tell: {report.verdict.reason}", EXIT_CANNOT
    server = report.verdict.server
    asked = [f"({scratch.words(server)})"] if server else []
    if report.status == CLEAN:
        return _NEXT.join(["models    match the revisions", *asked]), EXIT_CLEAN
    count = counted(len(report.findings), "finding")
    told = f"models    {count}; {Command('check')} shows them"
    return _NEXT.join([told, *asked]), EXIT_FINDINGS
