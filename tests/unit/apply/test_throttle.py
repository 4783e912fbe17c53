"""What a change in batches tells of its rate."""

from __future__ import annotations

from typing import Any

import pytest

from stillroom.apply.events import BatchProgress, Event
from stillroom.apply.options import Options
from stillroom.apply.throttle import ServerThrottle


def test_what_was_done_before_is_no_part_of_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batches of a killed upgrade are passed at once when it goes on."""
    told: list[Event] = []
    clock = [100.0]
    monkeypatch.setattr("stillroom.apply.throttle.time.monotonic", lambda: clock[0])
    nothing: Any = None
    pace = ServerThrottle(nothing, Options(), told.append, lambda: None)
    monkeypatch.setattr(pace, "_estimate", lambda table: 100_000)
    monkeypatch.setattr(pace, "_wait", lambda: None)
    pace.step("user", 40_000)
    pace.step("user", 80_000)
    for rows in (81_000, 82_000, 83_000, 84_000):
        clock[0] += 1
        pace.step("user", rows)
    assert told == [
        BatchProgress("user", 82_000, 100_000, 2, 18, 1_000),
        BatchProgress("user", 83_000, 100_000, 3, 17, 1_000),
        BatchProgress("user", 84_000, 100_000, 4, 16, 1_000),
    ]
