"""What an upgrade is doing just now, in one line that fits a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.apply.errors import shorten
from stillroom.apply.events import (
    BatchPaused,
    BatchProgress,
    Event,
    Finished,
    Interrupted,
    LockTaken,
    LockWaiting,
    RevisionDone,
    RevisionStarted,
    StatementDone,
    StatementProgress,
    StatementStarted,
    TableBusy,
)
from stillroom.errors import printable
from stillroom.marked import columns_of

_GOES_ON = (StatementProgress, BatchProgress, BatchPaused, TableBusy, LockWaiting)
_SOON = 0.5  # seconds; what takes less is not shown
_HEAD = 12  # columns that the beginning of a statement has at least
_LONG = 200  # characters of a statement


class LiveProgress:
    """Follows the events of an upgrade; seconds are those of ``time.monotonic``."""

    def __init__(self) -> None:
        self._counter = ""
        self._statement = ""
        self._runs = False
        self._begun = 0.0  # when the statement was sent
        self._told: Event | None = None  # what was said of it last
        self._when = 0.0

    def follow(self, event: Event, now: float) -> None:
        """Take notice of an event."""
        match event:
            case RevisionStarted():
                self._counter = f"[{event.number}/{event.total}] "
                self._forget()
            case StatementStarted():
                statement = shorten(event.text, _LONG)
                if statement != self._statement or not self._is_batches:
                    self._statement, self._begun, self._told = statement, now, None
                self._runs = True
            case StatementDone() if self._is_batches:
                pass  # the next batch is the same statement
            case StatementDone() | RevisionDone() | LockTaken() | Finished() | Interrupted():
                self._forget()
            case _ if isinstance(event, _GOES_ON):
                self._told, self._when = event, now

    def text(self, now: float, width: int) -> str:
        """The line for a terminal of ``width`` columns, or "" if there is nothing to show."""
        told, since = self._told, now - self._when
        match told:
            case BatchProgress():
                return self._line(printable(told.table), _of_batches(told), width)
            case BatchPaused():
                waited = [f"paused, because {told.reason}", duration(told.waited + since)]
                return self._line(printable(told.table), waited, width)
            case LockWaiting():
                waited = [f"{duration(told.waited + since)} of at most {duration(told.timeout)}"]
                return self._line("waiting for another deployer", waited, width)
        elapsed = now - self._begun
        if not self._runs or elapsed < _SOON:
            return ""
        return self._line(self._statement, _of_statement(told, elapsed, since), width)

    @property
    def _is_batches(self) -> bool:
        return isinstance(self._told, (BatchProgress, BatchPaused))

    def _forget(self) -> None:
        self._runs, self._told = False, None

    def _line(self, head: str, parts: Sequence[str], width: int) -> str:
        return fitted(self._counter + head, parts, width, len(self._counter) + _HEAD)


def fitted(head: str, parts: Sequence[str], width: int, least: int) -> str:
    """A line with as many of the last ``parts`` as there is room for behind ``head``.

    Of the head, ``least`` columns stay in any case.
    """
    kept = list(parts)
    room = width - min(columns_of(head), least)
    while len(kept) > 1 and columns_of(_joined(kept)) > room:
        del kept[0]
    tail = _joined(kept)
    return _cut(f"{_cut(head, width - columns_of(tail))}{tail}", width)


def _joined(parts: Sequence[str]) -> str:
    return f": {', '.join(parts)}"


def _cut(text: str, width: int) -> str:
    if columns_of(text) <= width:
        return text
    while text and columns_of(text) > width - 3:
        text = text[:-1]
    return f"{text.rstrip()}..."[: max(width, 0)]


def _of_batches(event: BatchProgress) -> list[str]:
    parts = [f"{event.rows:,} of about {event.total:,} rows"]
    if event.total:
        parts.append(f"{100 * event.rows / event.total:.0f} %")
    parts.append(f"{event.rate:,.0f} rows/s")
    return [*parts, f"{duration(event.left)} to go"]


def _of_statement(told: Event | None, elapsed: float, since: float) -> list[str]:
    if isinstance(told, TableBusy):
        waited, limit = duration(told.waited + since), duration(told.limit)
        return ["waiting for others who use the table", f"{waited} of {limit}"]
    if not isinstance(told, StatementProgress):
        return [duration(elapsed)]
    parts = [told.stage]
    if told.percent:
        left = told.elapsed * (100 - told.percent) / told.percent - since
        parts += [f"{told.percent:.0f} %", f"{duration(max(left, 0))} to go"]
    return [*parts, duration(elapsed)]


def duration(seconds: float) -> str:
    """Seconds as they are told: in minutes or hours if they are many."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 2:
        return f"{round(seconds)} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
