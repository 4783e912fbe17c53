"""Prints what `fleet` finds and does: for a person, or as lines of JSON."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from typing import Any

from stillroom.console.fleet_progress import FleetProgress, looking, working
from stillroom.console.output import note, print_json_line, remark
from stillroom.console.screen.terminal import show
from stillroom.console.volume import is_quiet
from stillroom.errors import counted, printable
from stillroom.fleet import inventory
from stillroom.fleet.compilation import Group
from stillroom.fleet.execution import Outcome
from stillroom.fleet.fleet_state import FleetState
from stillroom.fleet.rollout import Result, WaveBegun
from stillroom.fleet.survey import SurveyedDatabase
from stillroom.marked import Mark, Part, indented, line
from stillroom.plan.text import revision_lines
from stillroom.shell import Command

_NAMED = 20  # databases that a line names


def heads_words(heads: Sequence[str]) -> str:
    """Heads as they are told; base without any."""
    return ", ".join(heads) or "base"


def _names(names: Iterable[str]) -> str:
    listed = [printable(name) for name in names]
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more


def _say(text: str, hang: int = 4, mark: Mark = "") -> None:
    show([line(Part(text, mark), hang=hang)])


def _acknowledge(text: str) -> None:
    if not is_quiet():
        _say(text)


class TextPrinter:
    """Prints for a person: the answer on stdout, what goes on beside it on stderr."""

    def __init__(self) -> None:
        self._progress = FleetProgress(0, 0.0)

    def status(self, fleet: FleetState) -> None:
        """Where the databases are."""
        _say(f"fleet     {inventory.described(fleet.members)}", 10)
        for group in fleet.groups:
            pending = len(group.compiled.revisions)
            what = counted(pending, "revision is pending", "revisions are pending")
            state = what if pending else "up to date"
            if group.compiled.waits:
                state += f"; the contract revision {group.compiled.waits} waits"
            if group.untold:
                state += f"; tables not compared: {group.untold}"
            at = heads_words(group.compiled.heads)
            _say(f"at {at}  {counted(len(group.databases), 'database')}: {state}")
        _print_deviants(fleet.deviants)

    def plan(self, fleet: FleetState, *, statements: bool = False) -> None:
        """What is to be done, with ``statements`` or without."""
        tell = _say if statements else _acknowledge  # what is also done at once
        tell(inventory.described(fleet.members))
        for group in fleet.groups:
            if group.compiled.waits:
                for waiting in _waiting_lines(group):
                    _say(waiting)
            for told in _group_lines(group):
                tell(told)
            if statements and group.compiled.plan:
                show(indented(revision_lines(group.compiled.plan), 4))
        for database in fleet.half_applied:
            assert database.half_applied is not None
            tell(
                f"{database.member.name}: {database.half_applied.revision} is half-applied: goes on"
            )
        if names := _names(database.member.name for database in fleet.with_remnants):
            tell(f"{names}: all is done, but for the journal of a run that was cut off")
        _print_deviants(fleet.deviants)

    def looking(self, count: int) -> AbstractContextManager[None]:
        """While so many databases are asked."""
        return looking(count)

    @contextmanager
    def working(self, total: int) -> Iterator[None]:
        """While so many databases are worked on."""
        self._progress = FleetProgress(total, time.monotonic())
        with working(self._progress):
            yield

    def event(self, event: WaveBegun | Outcome) -> None:
        """What goes on."""
        self._progress.follow(event)
        if isinstance(event, WaveBegun):
            remark(f"wave {event.number} of {event.count}: {counted(event.size, 'database')}")
        elif event.error:
            told = f"{event.name}: {printable(event.error, chr(10))}"
            note([line(Part(told, "blocking"), hang=4)])

    def summary(self, result: Result, fleet: FleetState) -> None:
        """What was done, and what was not."""
        if result.done:
            _acknowledge(f"{counted(len(result.done), 'database')} done, {_seconds(result)}")
        elif not (result.failed or result.stopped or result.untouched):
            _acknowledge("nothing was to be done")
        if result.failed:
            names = _names(outcome.name for outcome in result.failed)
            goes_on = Command("fleet", action="resume")
            _say(f"{len(result.failed)} failed: {names}; {goes_on} goes on", mark="blocking")
        if result.stopped:
            names = _names(outcome.name for outcome in result.stopped)
            _say(f"{len(result.stopped)} stopped with revisions to come: {names}")
        if result.untouched:
            _say(f"{len(result.untouched)} untouched, as {result.why}: {_names(result.untouched)}")
        if fleet.deviants:
            _say(f"{len(fleet.deviants)} left out, as they were not as expected")


class JsonPrinter:
    """Prints a line of JSON for each event."""

    def status(self, fleet: FleetState) -> None:
        """Where the databases are."""
        self.plan(fleet)

    def plan(self, fleet: FleetState, *, statements: bool = False) -> None:
        """What is to be done, with ``statements`` or without."""
        for group in fleet.groups:
            _line(
                "group",
                heads=group.compiled.heads,
                revisions=group.compiled.revisions,
                by="script" if group.compiled.script or not group.compiled.reason else "python",
                reason=group.compiled.reason,
                waits=group.compiled.waits,
                databases=[database.member.name for database in group.databases],
                **({"plan": [asdict(told) for told in group.compiled.plan]} if statements else {}),
            )
        for database in fleet.half_applied:
            assert database.half_applied is not None
            _line(
                "half_applied", name=database.member.name, revision=database.half_applied.revision
            )
        for database in fleet.deviants:
            _line("deviant", name=database.member.name, problem=database.problem)

    def looking(self, _count: int) -> AbstractContextManager[None]:
        """While so many databases are asked."""
        return nullcontext()

    def working(self, _total: int) -> AbstractContextManager[None]:
        """While so many databases are worked on."""
        return nullcontext()

    def event(self, event: WaveBegun | Outcome) -> None:
        """What goes on."""
        _line("wave" if isinstance(event, WaveBegun) else "database", **asdict(event))

    def summary(self, result: Result, fleet: FleetState) -> None:
        """What was done, and what was not."""
        _line(
            "summary",
            done=len(result.done),
            failed=[outcome.name for outcome in result.failed],
            stopped=[outcome.name for outcome in result.stopped],
            untouched=result.untouched,
            why=result.why,
            left_out=[database.member.name for database in fleet.deviants],
        )


def _line(kind: str, **values: Any) -> None:
    print_json_line({"event": kind, **values})


def _seconds(result: Result) -> str:
    spent = sorted(outcome.seconds for outcome in result.done)
    return f"{spent[len(spent) // 2]:.2f} s each (median)"


def _databases_at(group: Group) -> str:
    return f"{counted(len(group.databases), 'database')} at {heads_words(group.compiled.heads)}"


def _waiting_lines(group: Group) -> Iterable[str]:
    waits = group.compiled.waits
    yield f"{_databases_at(group)}: stops before the contract revision {waits}"
    yield f"    When no older code runs: {Command('fleet', action='upgrade', contract=True)}"


def _group_lines(group: Group) -> Iterable[str]:
    work, at = group.compiled, _databases_at(group)
    if not work.revisions:
        yield f"{at}: nothing is to be done"
        return
    yield f"{at}: {counted(len(work.revisions), 'revision')}, to {heads_words(work.after) or '…'}"
    if work.reason:
        yield f"    in Python, one process for each: {work.reason}"


def _print_deviants(deviants: Sequence[SurveyedDatabase]) -> None:
    for problem, names in _by_problem(deviants).items():
        _say(f"{_names(names)}: {printable(problem, chr(10))}", mark="warning")


def _by_problem(deviants: Sequence[SurveyedDatabase]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for database in deviants:
        names.setdefault(database.problem, []).append(database.member.name)
    return names
