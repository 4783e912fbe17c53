"""``fleet``: one history over many databases: upgrade, downgrade, plan, status, resume."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stillroom.apply.script.sending import Limits
from stillroom.console.output import note
from stillroom.console.progress import add_format
from stillroom.errors import (
    EXIT_CANNOT,
    EXIT_CLEAN,
    EXIT_FINDINGS,
    EXIT_INTERRUPTED,
    SettingsError,
    StillroomError,
    counted,
    printable,
)
from stillroom.fleet import compilation, inventory
from stillroom.fleet.compilation import Group, History
from stillroom.fleet.connections import connect_url
from stillroom.fleet.deviants import examined
from stillroom.fleet.execution import Job, Outcome
from stillroom.fleet.inventory import Member
from stillroom.fleet.rollout import Result, Rollout, WaveBegun
from stillroom.fleet.survey import Found, survey
from stillroom.fleet.waves import divided
from stillroom.project.settings import Settings, descriptions
from stillroom.shell import Command, quote
from stillroom.staged.workspace import load_settings

_ACTIONS = ("upgrade", "plan", "status", "resume", "downgrade")
_NAMED = 20  # databases that a line names


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
    add_format(parser)


def run(args: Namespace) -> int:
    settings = _with_options(load_settings(Path.cwd()), args)
    printer = _Json() if args.format == "json" else _Text()
    members = inventory.read(settings)
    if args.shard:
        members = inventory.shard(members, args.shard)
    history = compilation.history_of(settings)
    up = args.action != "downgrade"
    if not up and not args.rev:
        raise StillroomError(
            "which revision? rev= is missing",
            fix=str(Command("fleet", action="downgrade", rev="-1")),
        )
    found = survey(members, history.version_table, settings.target, settings.fleet_parallel)
    resuming = {"resume": "upgrade", "downgrade": "downgrade"}.get(args.action, "")
    fleet = _fleet(examined(found, history, resuming), settings, history, args.rev or "heads")
    if args.action == "status":
        return printer.status(fleet)
    printer.plan(fleet)
    if args.action == "plan" or args.dry_run:
        return EXIT_FINDINGS if fleet.deviants else EXIT_CLEAN
    if wrong := [group for group in fleet.groups if group.compiled.up is not up]:
        raise StillroomError(
            f"{counted(len(wrong[0].databases), 'database')} at "
            f"{_heads(wrong[0].compiled.heads)} would go the other way",
            fix="Nothing was done. Name a revision that is on the way of all.",
        )
    if fleet.deviants and settings.fleet_on_error == 0:
        raise StillroomError(
            f"{counted(len(fleet.deviants), 'database is', 'databases are')} not as expected, and"
            " nothing was done",
            fix="Mend them, or leave them out: "
            + str(Command("fleet", action=args.action, on_error="continue")),
        )
    result = Rollout(settings, printer.event).through(_jobs(fleet, settings, args.rev or "heads"))
    printer.summary(result, fleet)
    return _exit_code(result, fleet)


def _require_consent(revision: str, members: Sequence[Member], dry_run: bool) -> None:
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


@dataclass(frozen=True)
class _Fleet:
    """A fleet that was looked at: what is to be done to it, and what nothing is done to."""

    members: list[Member]
    history: History
    groups: list[Group]
    half_applied: list[Found]
    deviants: list[Found]

    @property
    def pending(self) -> list[Group]:
        """The groups that something is to be done to."""
        return [group for group in self.groups if group.compiled.revisions]


def _fleet(found: Sequence[Found], settings: Settings, history: History, revision: str) -> _Fleet:
    whole = [one for one in found if not one.problem and one.half_applied is None]
    half = [one for one in found if not one.problem and one.half_applied is not None]
    groups, changed = compilation.grouped(settings, whole, revision)
    deviants = [*(one for one in found if one.problem), *changed]
    return _Fleet([one.member for one in found], history, groups, half, deviants)


def _jobs(fleet: _Fleet, settings: Settings, revision: str) -> list[list[Job]]:
    """The jobs of each wave."""
    up = all(group.compiled.up for group in fleet.groups)
    words = ("upgrade" if up else "downgrade", revision)

    def job(found: Found, group: Group | None) -> Job:
        # A script has the lock of one server, and a cluster has several.
        is_alone = found.server is not None and not found.server.galera
        script = group.compiled.script if group and is_alone else None
        url = connect_url(found.member.url) if script else found.member.url
        return Job(
            found.member.name,
            url.render_as_string(hide_password=False),
            found.member.host,
            script,
            words,
            str(settings.root),
            settings.fleet_variable,
            Limits(settings.lock_timeout, settings.lock_wait, settings.lock_limit),
        )

    jobs = {
        found.member.name: job(found, group) for group in fleet.pending for found in group.databases
    }
    # What was begun is finished by who can read its journal.
    jobs |= {found.member.name: job(found, None) for found in fleet.half_applied}
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


def _exit_code(result: Result, fleet: _Fleet) -> int:
    if result.interrupted:
        return EXIT_INTERRUPTED
    if result.failed:
        return EXIT_CANNOT
    return EXIT_FINDINGS if fleet.deviants or result.untouched else EXIT_CLEAN


def _heads(heads: Sequence[str]) -> str:
    return ", ".join(heads) or "base"


def _names(names: Iterable[str]) -> str:
    listed = [printable(name) for name in names]
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more


class _Text:
    """Prints for a person: the answer on stdout, what goes on beside it on stderr."""

    def status(self, fleet: _Fleet) -> int:
        print(f"fleet     {inventory.described(fleet.members)}")
        for group in fleet.groups:
            pending = len(group.compiled.revisions)
            what = counted(pending, "revision is pending", "revisions are pending")
            state = what if pending else "up to date"
            if group.untold:
                state += f"; tables not compared: {group.untold}"
            at = _heads(group.compiled.heads)
            print(f"at {at}  {counted(len(group.databases), 'database')}: {state}")
        _print_deviants([*fleet.deviants])
        clean = not (fleet.pending or fleet.deviants or fleet.half_applied)
        return EXIT_CLEAN if clean else EXIT_FINDINGS

    def plan(self, fleet: _Fleet) -> None:
        print(inventory.described(fleet.members))
        for group in fleet.groups:
            print("\n".join(_group_lines(group)))
        for found in fleet.half_applied:
            assert found.half_applied is not None
            print(f"{found.member.name}: {found.half_applied.revision} is half-applied: goes on")
        _print_deviants(fleet.deviants)

    def event(self, event: WaveBegun | Outcome) -> None:
        if isinstance(event, WaveBegun):
            note(f"wave {event.number} of {event.count}: {counted(event.size, 'database')}")
        elif event.error:
            note(f"{event.name}: {printable(event.error, chr(10))}")

    def summary(self, result: Result, fleet: _Fleet) -> None:
        print(f"{counted(len(result.done), 'database')} done in {_seconds(result)}")
        if result.failed:
            names = _names(outcome.name for outcome in result.failed)
            print(
                f"{len(result.failed)} failed: {names}; {Command('fleet', action='resume')} goes on"
            )
        if result.untouched:
            print(f"{len(result.untouched)} untouched, as {result.why}: {_names(result.untouched)}")
        if fleet.deviants:
            print(f"{len(fleet.deviants)} left out, as they were not as expected")


class _Json:
    """Prints a line of JSON for each event."""

    def status(self, fleet: _Fleet) -> int:
        self.plan(fleet)
        clean = not (fleet.pending or fleet.deviants or fleet.half_applied)
        return EXIT_CLEAN if clean else EXIT_FINDINGS

    def plan(self, fleet: _Fleet) -> None:
        for group in fleet.groups:
            _line(
                "group",
                heads=group.compiled.heads,
                revisions=group.compiled.revisions,
                by="script" if group.compiled.script or not group.compiled.reason else "python",
                reason=group.compiled.reason,
                databases=[found.member.name for found in group.databases],
            )
        for found in fleet.half_applied:
            assert found.half_applied is not None
            _line("half_applied", name=found.member.name, revision=found.half_applied.revision)
        for found in fleet.deviants:
            _line("deviant", name=found.member.name, problem=found.problem)

    def event(self, event: WaveBegun | Outcome) -> None:
        _line("wave" if isinstance(event, WaveBegun) else "database", **asdict(event))

    def summary(self, result: Result, fleet: _Fleet) -> None:
        _line(
            "summary",
            done=len(result.done),
            failed=[outcome.name for outcome in result.failed],
            untouched=result.untouched,
            why=result.why,
            left_out=[found.member.name for found in fleet.deviants],
        )


def _line(kind: str, **values: Any) -> None:
    print(json.dumps({"event": kind, **values}, ensure_ascii=False), flush=True)


def _seconds(result: Result) -> str:
    spent = sorted(outcome.seconds for outcome in result.done)
    return f"{spent[len(spent) // 2]:.2f} s each (median)" if spent else "no time"


def _group_lines(group: Group) -> Iterable[str]:
    work = group.compiled
    at = f"{counted(len(group.databases), 'database')} at {_heads(work.heads)}"
    if not work.revisions:
        yield f"{at}: nothing is to be done"
        return
    yield f"{at}: {counted(len(work.revisions), 'revision')}, to {_heads(work.after) or '…'}"
    if work.reason:
        yield f"    in Python, one process for each: {work.reason}"


def _print_deviants(deviants: Sequence[Found]) -> None:
    for problem, names in _by_problem(deviants).items():
        print(f"{_names(names)}: {printable(problem, chr(10))}")


def _by_problem(deviants: Sequence[Found]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for found in deviants:
        names.setdefault(found.problem, []).append(found.member.name)
    return names
