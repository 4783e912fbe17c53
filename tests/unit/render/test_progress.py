"""The events of an upgrade as text and as JSON."""

from __future__ import annotations

from datetime import datetime

import pytest

from stillroom.apply import events
from stillroom.findings import Finding, Place
from stillroom.render.progress import text

HOLDER = events.Holder(
    45, "ci-7 (process 9)", "deploy", datetime(2026, 1, 2, 3, 4), "ALTER TABLE t"
)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            events.LockWaiting(HOLDER, 12.3, 300.0),
            "waiting for another deployer: connection 45 of deploy from ci-7 (process 9) since"
            " 2026-01-02 03:04:00 running ALTER TABLE t (12 of at most 300 s)",
        ),
        (events.LockTaken(0.0), ""),
        (events.LockTaken(3.2), "got the lock after 3 s"),
        (events.RevisionStarted("ab12", "upgrade", "Add x", 1, 3), "[1/3] upgrade ab12 Add x"),
        (
            events.Resumed("ab12", "upgrade", 2),
            "ab12 is half-applied; 2 statements are done, continuing",
        ),
        (
            events.Resumed("ab12", "upgrade", 2, "DROP TABLE t", "done"),
            "ab12 is half-applied; 2 statements are done, and one was interrupted:"
            " DROP TABLE t: done",
        ),
        (events.StatementStarted("ab12", "SELECT 1", 3), ""),
        (events.StatementDone("ab12", "ALTER\n TABLE t", 2.34), "    ALTER TABLE t: 2.3 s"),
        (events.StatementDone("ab12", "ALTER TABLE t", 0.1), ""),
        (events.StatementDone("ab12", "DROP TABLE t", 0.0, True), "    done before: DROP TABLE t"),
        (
            events.StatementProgress("ab12", "ALTER TABLE t", "copying", 41.6, 9.0),
            "    ALTER TABLE t: copying 42 %, 9 s",
        ),
        (
            events.RevisionDone("ab12", "upgrade", 3, 1, 1.25),
            "    3 statements, 1 was done before, 1.2 s",
        ),
        (events.Finished(0, 0, 0, ("ab12",), 0.1), "nothing to do: the database is at ab12"),
        (
            events.Finished(2, 7, 0, (), 1.0),
            "2 revisions, 7 statements in 1.0 s; the database is at base",
        ),
        (
            events.Noticed(Finding("AP107", Place("a.py"), "was edited", "-x\n+y", "Undo it.")),
            "a.py: AP107 was edited\n    -x\n    +y\n    Undo it.",
        ),
    ],
)
def test_text(event: events.Event, line: str) -> None:
    assert text(event) == line
