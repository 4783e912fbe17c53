"""``sql``: print the pending statements as a script for a database client."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.apply.errors import ApplyError
from stillroom.apply.script import lines, writer
from stillroom.console.arguments import add_from, add_revision
from stillroom.console.contracts import add_contract
from stillroom.console.output import note, remark
from stillroom.console.screen.terminal import show_sql
from stillroom.errors import StillroomError
from stillroom.findings import shown
from stillroom.plan.forecast import Forecast, StatementForecast
from stillroom.plan.plan import revisions_to_come
from stillroom.release.contracts import reasons_to_wait
from stillroom.replay import ReplayedStatement, scratch
from stillroom.replay.planning import before_contract
from stillroom.shell import Command
from stillroom.staged.workspace import load_settings


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")
    add_from(parser)
    add_contract(parser)


def run(args: Namespace) -> int:
    start, revisions = revisions_to_come(Path.cwd(), args.rev, args.since)
    remark(start.words)
    if start.server:
        remark(scratch.sentence(start.server))
    if start.half_applied is not None:
        interrupted = start.half_applied
        raise ApplyError.waiting(
            interrupted.revision, interrupted.direction, len(interrupted.done), str(Command("sql"))
        )
    reasons = reasons_to_wait(load_settings(Path.cwd()), start.heads, contract=args.contract)
    revisions, contract = before_contract(revisions, reasons)
    if contract:
        note(f"The script ends before the contract revision {contract}: {reasons[contract]}")
        note(f"When no older code runs: {Command('sql', contract=True)}")
    if not revisions:
        remark("Nothing is to come: no script is needed.")
        return 0
    if revisions[0].database:
        raise StillroomError(
            "env.py migrates several databases, but a script is for one",
            fix=f"{Command('upgrade')}, or alembic upgrade --sql, if env.py writes a file for each",
        )
    parts = lines.parts(revisions, start.target)
    forecast = Forecast()
    forecasts: dict[int, StatementForecast] = {}
    for planned in revisions:
        told = forecast.of_revision(planned.steps, shown(planned.revision.path))
        forecasts |= {
            id(step): expected for step, expected in zip(planned.steps, told, strict=True)
        }

    def remarks(step: ReplayedStatement) -> list[str]:
        expected = forecasts[id(step)]
        cost = [str(expected.cost)] if expected.cost else []
        return cost + [f"loses data: {loss}" for loss in expected.losses]

    show_sql(writer.text(parts, start.target, revisions[0].version_table, remarks))
    return 0
