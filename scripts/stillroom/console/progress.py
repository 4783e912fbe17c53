"""Prints what an upgrade reports while it runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from stillroom import apply
from stillroom.apply.events import (
    BatchPaused,
    BatchProgress,
    Event,
    Finished,
    Listener,
    LockWaiting,
    Noticed,
    RevisionStarted,
    StatementDone,
    StatementProgress,
    TableBusy,
)
from stillroom.apply.options import Permission, options_of
from stillroom.apply.waiting import TELL_EVERY
from stillroom.console.output import note, print_json_line, remark
from stillroom.console.screen.live_line import LiveLine, live_streams
from stillroom.console.volume import is_quiet, is_verbose
from stillroom.marked import Mark, Part, line
from stillroom.project.project import Project
from stillroom.render import progress
from stillroom.render.findings import as_lines
from stillroom.render.live_progress import LiveProgress


def listener(format_: str) -> Listener:
    """Prints the events that are worth a line."""
    return _Seldom(_print_json if format_ == "json" else _Once(_print_text))


@contextmanager
def listening(format_: str) -> Iterator[Listener]:
    """A listener; in a terminal, one line shows what is going on just now."""
    streams = live_streams(sys.stderr, sys.stdout) if format_ == "text" else []
    if not streams or is_quiet():
        yield listener(format_)
        return
    live = LiveProgress()
    shown = LiveLine(lambda width: live.text(time.monotonic(), width), streams)
    with shown.showing():
        yield _Once(_Live(live))


def upgrade(
    project: Project,
    revision: str,
    format_: str = "text",
    *,
    contract: Permission | None = None,
) -> None:
    """Run the revisions up to ``revision``, telling how it goes.

    ``contract`` tells which contract revisions may run, in place of the environment.
    """
    options = options_of(project)
    if contract is not None:
        options = replace(options, contract=contract)
    with project.explaining(), listening(format_) as listen:
        apply.upgrade(project.config, revision, listener=listen, options=options)


class _Once:
    """Passes on only the first of the statements in a row that were done before with one text.

    They are batches; how many statements were done before is told in the end.
    """

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._last = ""

    def __call__(self, event: Event) -> None:
        text = event.text if isinstance(event, StatementDone) and event.skipped else ""
        if not text or text != self._last or is_verbose():
            self._tell(event)
        if isinstance(event, StatementDone | RevisionStarted):
            self._last = text


class _Seldom:
    """Prints of the batches of one table only what is news after ten seconds."""

    def __init__(self, print_: Callable[[Event], None]) -> None:
        self._print = print_
        self._told: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, BatchProgress):
            if event.elapsed < self._told.get(event.table, 0.0):
                del self._told[event.table]  # it is gone through once more
            if event.elapsed - self._told.get(event.table, 0.0) < TELL_EVERY:
                return
            self._told[event.table] = event.elapsed
        self._print(event)


class _Live:
    """Prints what stays, and leaves what goes on to the live line."""

    def __init__(self, live: LiveProgress) -> None:
        self._live = live
        self._holders: tuple[str, ...] = ()

    def __call__(self, event: Event) -> None:
        self._live.follow(event, time.monotonic())
        match event:
            case StatementProgress() | BatchProgress() | BatchPaused() | LockWaiting():
                return
            case TableBusy():
                if event.holders in ((), self._holders):
                    return
                self._holders = event.holders
            case Noticed():
                note(as_lines([event.finding], "warning"))
                return
        if told := progress.text(event, each=is_verbose()):
            note([line(Part(told, _mark(event)))])


def _mark(event: Event) -> Mark:
    if isinstance(event, Finished):
        return "harmless"
    return "place" if isinstance(event, RevisionStarted) else ""


def _print_text(event: Event) -> None:
    if told := progress.text(event, each=is_verbose()):
        (note if isinstance(event, Noticed) else remark)(told)


def _print_json(event: Event) -> None:
    print_json_line(progress.as_data(event))
