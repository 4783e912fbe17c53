"""``status``: where the database is, what is pending, and what is wrong, in one screen."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from stillroom import apply
from stillroom.apply import Status
from stillroom.console.arguments import add_format
from stillroom.console.output import note_database, print_json
from stillroom.console.screen.terminal import show
from stillroom.drift import CANNOT_TELL, CLEAN
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS, CannotTell, counted
from stillroom.plan.start import server_target
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import open_project
from stillroom.project.settings import DEFAULT_TARGET
from stillroom.render.status import (
    DIFFER,
    NOT_COMPARED,
    Comparison,
    Overview,
    as_data,
    as_lines,
    matching,
    unknown,
)
from stillroom.shell import Command
from stillroom.staged.live_tables import changed_by_hand
from stillroom.staged.report import worktree_report
from stillroom.staged.workspace import load_settings


def arguments(parser: ArgumentParser) -> None:
    add_format(parser)


def run(args: Namespace) -> int:
    # The replays import the application as if its database were the target.
    models = in_fresh_process(lambda: _models(Path.cwd()))
    database = in_fresh_process(_look)
    status = database.status
    overview = Overview(
        database.name, status, _assumed_target(status), _live(database), models, database.others
    )
    if args.format == "json":
        print_json(as_data(overview))
    else:
        show(as_lines(overview))
    return overview.exit_code


@dataclass(frozen=True)
class _Database:
    """A database that has been looked at, and how to look again."""

    name: str
    url: URL
    status: Status
    others: tuple[Status, ...]  # of an env.py that works on several, which has this one first


def _look() -> _Database:
    project = open_project()
    note_database(project)
    with project.explaining():
        status, *others = apply.statuses(project.config)
    return _Database(project.database, project.url, status, tuple(others))


def _assumed_target(status: Status) -> str:
    """What to say if checks and plans are made for another server than the one that is there."""
    settings = load_settings(Path.cwd())
    if settings.target is not None or status.server.kind == "sqlite":
        return ""
    if status.server.series == str(DEFAULT_TARGET):
        return ""
    return (
        f"none is set, so `check` assumes {DEFAULT_TARGET}. Set it in "
        f"{settings.ini.name}, [stillroom]: target = {status.server.series}"
    )


def _live(database: _Database) -> Comparison:
    """The tables of the server against what its revisions make: changes by hand."""
    status = database.status
    if status.server.kind == "sqlite":
        why = "not compared: SQLite keeps less about a table than a server does"
        return Comparison(NOT_COMPARED, why, EXIT_CLEAN)
    if status.half_applied is not None or status.unknown:
        why = "not compared while a revision is half-applied or unknown"
        return Comparison(NOT_COMPARED, why, EXIT_FINDINGS)
    try:
        target = server_target(status.server, database.name)
        settings = load_settings(Path.cwd())
        changed, server = changed_by_hand(settings, database.url, status.heads, target)
    except CannotTell as reason:
        return unknown(reason)
    if not changed:
        return matching(server)
    told = (
        "changed by hand:"
        if status.heads
        else f"no revision is recorded for these; {Command('adopt')} finds out which it is:"
    )
    return Comparison(DIFFER, told, EXIT_FINDINGS, tuple(changed), server)


def _models(root: Path) -> Comparison:
    if not load_settings(root).has_models:
        return Comparison(NOT_COMPARED, "none, as the settings say", EXIT_CLEAN)
    report = worktree_report(root)
    server = report.verdict.server
    if report.status == CANNOT_TELL:
        return unknown(report.verdict.reason)
    if report.status == CLEAN:
        return matching(server)
    told = f"{counted(len(report.findings), 'finding')}; {Command('check')} shows them"
    return Comparison(DIFFER, told, EXIT_FINDINGS, server=server)
