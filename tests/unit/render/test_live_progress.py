"""The line that shows what an upgrade is doing just now."""

from __future__ import annotations

import pytest

from stillroom.apply import events
from stillroom.marked import columns_of
from stillroom.render.live_progress import LiveProgress

ALTER = "ALTER TABLE user ADD COLUMN nickname VARCHAR(40)"
HOLDER = events.Holder(45, "ci-7", "deploy", None, None)


def line(*told: events.Event, seconds: float = 12, width: int = 200) -> str:
    """What is shown so many seconds after the last event."""
    live = LiveProgress()
    for event in told:
        live.follow(event, 100)
    return live.text(100 + seconds, width)


STARTED = events.RevisionStarted("ab12", "upgrade", "Add x", 2, 3)
SENT = events.StatementStarted("ab12", ALTER, 3)
BATCH = events.BatchProgress("user", 120_000, 500_000, 10, 32, 12_000)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([STARTED], ""),
        ([STARTED, SENT], f"[2/3] {ALTER}: 12 s"),
        ([STARTED, SENT, events.StatementDone("ab12", ALTER, 1)], ""),
        (
            [STARTED, SENT, events.StatementProgress("ab12", ALTER, "copying", 25, 20)],
            f"[2/3] {ALTER}: copying, 25 %, 48 s to go, 12 s",
        ),
        (
            [SENT, events.StatementProgress("ab12", ALTER, "copying", None, 20)],
            f"{ALTER}: copying, 12 s",
        ),
        (
            [SENT, events.TableBusy(ALTER, 100, 600, ("connection 8",))],
            f"{ALTER}: waiting for others who use the table, 112 s of 10 min 0 s",
        ),
        (
            [STARTED, BATCH],
            "[2/3] user: 120,000 of about 500,000 rows, 24 %, 12,000 rows/s, 32 s to go",
        ),
        ([events.BatchProgress("t", 5, 0, 0, 0, 0)], "t: 5 of about 0 rows, 0 rows/s, 0 s to go"),
        (
            [events.BatchProgress("t", 5, 9, 1, 7260, 5)],
            "t: 5 of about 9 rows, 56 %, 5 rows/s, 2 h 1 min to go",
        ),
        ([events.BatchPaused("user", "it is busy", 3)], "user: paused, because it is busy, 15 s"),
        (
            [events.LockWaiting(HOLDER, 3, 300)],
            "waiting for another deployer: 15 s of at most 5 min 0 s",
        ),
        ([events.LockWaiting(HOLDER, 3, 300), events.LockTaken(3)], ""),
        ([SENT, events.Interrupted("SIGINT", "ab12", ALTER, 3)], ""),
        ([SENT, events.Finished(1, 1, 0, (), 1)], ""),
    ],
)
def test_what_goes_on(told: list[events.Event], shown: str) -> None:
    assert line(*told) == shown


def test_what_is_over_at_once_is_not_shown() -> None:
    assert line(SENT, seconds=0.3) == ""


def test_between_two_batches_it_stays() -> None:
    update = events.StatementStarted("ab12", "UPDATE user", 3)
    done = events.StatementDone("ab12", "UPDATE user", 0.1)
    assert line(update, BATCH, done, update).startswith("user: 120,000 of")
    assert line(update, done, BATCH, update, done, update).startswith("user: 120,000 of")
    assert line(update, BATCH, done, SENT) == f"{ALTER}: 12 s"
    assert line(update, BATCH, done, events.RevisionDone("ab12", "upgrade", 1, 0, 1)) == ""


@pytest.mark.parametrize("width", range(1, 90))
def test_it_fits_and_what_is_to_come_is_cut_last(width: int) -> None:
    progress = events.StatementProgress("ab12", ALTER + " 文章标题" * 9, "copying", 25, 20)
    every: list[list[events.Event]] = [[STARTED, BATCH], [STARTED, SENT, progress], [STARTED, SENT]]
    for told in every:
        shown = line(*told, width=width)
        assert columns_of(shown) <= width
        if width >= 40:
            assert shown.startswith("[2/3] ")
            assert shown.endswith(("32 s to go", "48 s to go, 12 s", ": 12 s"))


def test_nothing_in_a_name_is_an_order() -> None:
    assert line(events.BatchProgress("\x1b[31m", 5, 9, 1, 0, 5)).startswith(r"\x1b[31m: 5 of")
