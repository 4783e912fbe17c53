"""How far an upgrade of a fleet is just now, in one line that fits a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stillroom.console.screen.live_line import LiveLine, live_streams
from stillroom.console.volume import is_quiet
from stillroom.errors import counted
from stillroom.fleet.execution import Outcome
from stillroom.fleet.rollout import WaveBegun
from stillroom.render.live_progress import duration, fitted


class FleetProgress:
    """Follows the events of an upgrade of ``total`` databases, which began at ``began``."""

    def __init__(self, total: int, began: float) -> None:
        self._total, self._began = total, began
        self._wave = ""
        self._ended = self._failed = 0

    def follow(self, event: WaveBegun | Outcome) -> None:
        """Take notice of an event."""
        if isinstance(event, WaveBegun):
            self._wave = f"[{event.number}/{event.count}] "
            return
        self._ended += 1
        self._failed += bool(event.error)

    def text(self, now: float, width: int) -> str:
        """The line for a terminal of ``width`` columns."""
        failed = f", {self._failed} failed" if self._failed else ""
        head = f"{self._wave}{self._ended:,} of {counted(self._total, 'database')}{failed}"
        parts = [f"{100 * self._ended // self._total} %"]
        elapsed = now - self._began
        if self._ended:
            left = elapsed / self._ended * (self._total - self._ended)
            parts += [f"{self._ended / elapsed:.1f} a second", f"{duration(left)} to go"]
        return fitted(head, parts, width, len(head))


@contextmanager
def looking(count: int) -> Iterator[None]:
    """Show at a terminal that so many databases are being asked."""
    began = time.monotonic()

    def text(width: int) -> str:
        elapsed = duration(time.monotonic() - began)
        return fitted(f"looking at {counted(count, 'database')}", [elapsed], width, width)

    with _shown(text):
        yield


@contextmanager
def working(progress: FleetProgress) -> Iterator[None]:
    """Show at a terminal how far it is."""
    with _shown(lambda width: progress.text(time.monotonic(), width)):
        yield


@contextmanager
def _shown(text: Callable[[int], str]) -> Iterator[None]:
    streams = live_streams(sys.stderr, sys.stdout)
    if not streams or is_quiet():
        yield
        return
    with LiveLine(text, streams).showing():
        yield
