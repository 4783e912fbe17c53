"""What an upgrade tells while it runs: data for a listener, which renders it or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from stillroom.findings import Finding


@dataclass(frozen=True)
class Holder:
    """Who has the lock. What could not be found out is None."""

    connection: int | None = None
    host: str | None = None
    user: str | None = None
    since: datetime | None = None
    doing: str | None = None


@dataclass(frozen=True)
class LockWaiting:
    """Another deployer works on the database; ``waited`` and ``timeout`` in seconds."""

    holder: Holder
    waited: float
    timeout: float


@dataclass(frozen=True)
class LockTaken:
    """This deployer has the lock, after ``waited`` seconds."""

    waited: float


@dataclass(frozen=True)
class Noticed:
    """Something that does not stop the upgrade but should be known."""

    finding: Finding


@dataclass(frozen=True)
class Resumed:
    """A revision was found half-applied and goes on.

    ``done`` statements are not run again. ``in_doubt`` is the one whose outcome had to be
    settled, ``verdict`` what was found: "done", "not done" or "done in part".
    """

    revision: str
    direction: str
    done: int
    in_doubt: str | None = None
    verdict: str | None = None


@dataclass(frozen=True)
class RevisionStarted:
    """Revision ``number`` of ``total`` begins."""

    revision: str
    direction: str
    doc: str
    number: int
    total: int


@dataclass(frozen=True)
class StatementStarted:
    """A statement is about to be sent; ``connection`` is the server's id of ours."""

    revision: str
    text: str
    connection: int | None


@dataclass(frozen=True)
class TableBusy:
    """A statement waits for a table, by short attempts; ``waited`` and ``limit`` in seconds.

    ``holders``: who has had a transaction open for some time, in words.
    """

    text: str
    waited: float
    limit: float
    holders: tuple[str, ...]


@dataclass(frozen=True)
class StatementProgress:
    """The server's own account of a long statement: a stage and percent, if it gives any."""

    revision: str
    text: str
    stage: str
    percent: float | None
    elapsed: float


@dataclass(frozen=True)
class BatchProgress:
    """A change in batches has gone through ``rows`` of about ``total`` rows of a table.

    ``elapsed`` seconds have gone by, and about ``left`` are to come, at ``rate`` rows in a second.
    """

    table: str
    rows: int
    total: int
    elapsed: float
    left: float
    rate: float


@dataclass(frozen=True)
class BatchPaused:
    """A change in batches waits, since ``waited`` seconds, for the ``reason`` to go away."""

    table: str
    reason: str
    waited: float


@dataclass(frozen=True)
class StatementDone:
    """A statement has ended, after ``elapsed`` seconds; ``skipped``: it was done before."""

    revision: str
    text: str
    elapsed: float
    skipped: bool = False


@dataclass(frozen=True)
class RevisionDone:
    """The revision is complete and so recorded in the version table."""

    revision: str
    direction: str
    statements: int
    skipped: int
    elapsed: float


@dataclass(frozen=True)
class Interrupted:
    """A signal came. ``running`` is the statement that the server may still be working on."""

    signal: str
    revision: str | None
    running: str | None
    connection: int | None


@dataclass(frozen=True)
class Finished:
    """The command is over; ``heads`` is what the version table says now."""

    revisions: int
    statements: int
    skipped: int
    heads: tuple[str, ...]
    elapsed: float


Event = (
    LockWaiting
    | LockTaken
    | Noticed
    | Resumed
    | RevisionStarted
    | StatementStarted
    | TableBusy
    | StatementProgress
    | BatchProgress
    | BatchPaused
    | StatementDone
    | RevisionDone
    | Interrupted
    | Finished
)
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener of one who does not listen."""
