"""``fleet``: one history over many databases: upgrade, downgrade, plan, status, resume."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stillroom.apply.script.sending import Limits
from stillroom.console.arguments import add_format
from stillroom.console.contracts import add_contract
from stillroom.console.fleet import JsonPrinter, TextPrinter, heads_words
from stillroom.errors import (
    EXIT_CANNOT,
    EXIT_CLEAN,
    EXIT_FINDINGS,
    EXIT_INTERRUPTED,
    SettingsError,
    StillroomError,
    counted,
)
from stillroom.fleet import inventory
from stillroom.fleet.compilation import Group
from stillroom.fleet.connections import connect_url
from stillroom.fleet.execution import Job
from stillroom.fleet.fleet_state import FleetState, look_at
from stillroom.fleet.inventory import Member
from stillroom.fleet.rollout import Result, Rollout
from stillroom.fleet.survey import SurveyedDatabase
from stillroom.fleet.waves import divided
from stillroom.project.settings import Settings, descriptions
from stillroom.shell import Command, quote
from stillroom.staged.workspace import load_settings

_ACTIONS = ("upgrade", "plan", "status", "resume", "downgrade")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=_ACTIONS)
    parser.add_argument("rev", nargs="?", default="", help="default: heads; see upgrade")
    meanings = {name: told.meaning for name, told in descriptions().items()}
    for name in ("waves", "parallel", "per_host", "on_error", "pause", "check", "window"):
        option = f"--{name.replace('_', '-')}"
        meaning = meanings[f"fleet_{name}"].replace("%", "%%").replace("`", "")
        parser.add_argument(option, default="", metavar="TEXT", help=meaning)
    parser.add_argument(
        "--shard", default="", metavar="I/N", help="only the Ith of N shares of the fleet"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print the plan")
    add_contract(parser)
    add_format(parser)


def run(args: Namespace) -> int:
    settings = _with_options(load_settings(Path.cwd()), args)
    printer = JsonPrinter() if args.format == "json" else TextPrinter()
    members = inventory.read(settings)
    if args.shard:
        members = inventory.shard(members, args.shard)
    up = args.action != "downgrade"
    if not up:
        _require_consent(args.rev, members, dry_run=args.dry_run)
    revision = args.rev or "heads"
    resuming = {"resume": "upgrade", "downgrade": "downgrade"}.get(args.action, "")
    looking = printer.looking(len(members))
    fleet = look_at(settings, members, revision, resuming, looking, contract=args.contract)
    if args.action == "status":
        printer.status(fleet)
        return EXIT_CLEAN if fleet.is_up_to_date else EXIT_FINDINGS
    only_told = args.action == "plan" or args.dry_run
    printer.plan(fleet, statements=only_told)
    if only_told:
        return EXIT_FINDINGS if fleet.deviants else EXIT_CLEAN
    _refuse(fleet, settings, args.action, args.rev)
    words: tuple[str, ...] = ("upgrade" if up else "downgrade", revision)
    if up and args.contract:
        words = (*words, "--contract")
    waves = _jobs(fleet, settings, words)
    with printer.working(sum(map(len, waves))):
        result = Rollout(settings, printer.event).through(waves)
    printer.summary(result, fleet)
    return _exit_code(result, fleet)


def _refuse(fleet: FleetState, settings: Settings, action: str, revision: str) -> None:
    """Raise StillroomError if nothing may be begun."""
    other_way = action == "downgrade"
    if wrong := [group for group in fleet.pending if group.compiled.up is other_way]:
        raise StillroomError(
            f"{counted(len(wrong[0].databases), 'database')} at"
            f" {heads_words(wrong[0].compiled.heads)} would go the other way",
            fix="Nothing was done. Name a revision that is on the way of all.",
        )
    if fleet.deviants and settings.fleet_on_error == 0:
        them = "it" if len(fleet.deviants) == 1 else "them"
        raise StillroomError(
            f"{counted(len(fleet.deviants), 'database is', 'databases are')} not as expected, and"
            " nothing was done",
            fix=f"Mend {them}, or leave {them} out: "
            + str(Command("fleet", action=action, rev=revision, on_error="continue")),
        )


def _require_consent(revision: str, members: Sequence[Member], *, dry_run: bool) -> None:
    """Raise StillroomError for a downgrade that nobody has confirmed, or without a revision."""
    if not revision:
        raise StillroomError(
            "which revision? rev= is missing",
            fix=str(Command("fleet", action="downgrade", rev="-1")),
        )
    count = len(members)
    if (
        dry_run
        or all(member.is_local for member in members)
        or os.environ.get("CONFIRM") == str(count)
    ):
        return
    raise StillroomError(
        f"a downgrade can lose data of {count} databases",
        fix=f"If that is what you want: CONFIRM={quote(str(count))} "
        f"{Command('fleet', action='downgrade', rev=revision)}",
    )


def _jobs(fleet: FleetState, settings: Settings, words: tuple[str, ...]) -> list[list[Job]]:
    """The jobs of each wave; ``words`` is the command of those that run in Python."""

    def job(database: SurveyedDatabase, group: Group | None) -> Job:
        # A script has the lock of one server, and a cluster has several.
        is_alone = database.server is not None and not database.server.galera
        script = group.compiled.script if group and is_alone else None
        url = connect_url(database.member.url) if script else database.member.url
        return Job(
            database.member.name,
            url.render_as_string(hide_password=False),
            database.member.host,
            script,
            words,
            str(settings.root),
            settings.fleet_variable,
            Limits(settings.lock_timeout, settings.lock_wait, settings.lock_limit),
        )

    jobs = {
        database.member.name: job(database, group)
        for group in fleet.pending
        for database in group.databases
    }
    # What was begun is finished by who can read its journal.
    begun = [*fleet.half_applied, *(fleet.with_remnants if words[0] == "upgrade" else ())]
    jobs |= {database.member.name: job(database, None) for database in begun}
    members = [member for member in fleet.members if member.name in jobs]
    return [
        [jobs[member.name] for member in wave] for wave in divided(members, settings.fleet_waves)
    ]


def _with_options(settings: Settings, args: Namespace) -> Settings:
    known = descriptions()
    given: dict[str, Any] = {}
    for name in ("waves", "parallel", "per_host", "on_error", "pause", "check", "window"):
        if text := getattr(args, name):
            try:
                given[f"fleet_{name}"] = known[f"fleet_{name}"].read(text)
            except ValueError as error:
                raise SettingsError(str(error), where=f"--{name.replace('_', '-')}") from error
    return replace(settings, **given)


def _exit_code(result: Result, fleet: FleetState) -> int:
    if result.interrupted:
        return EXIT_INTERRUPTED
    if result.failed:
        return EXIT_CANNOT
    return EXIT_FINDINGS if fleet.deviants or result.untouched else EXIT_CLEAN
