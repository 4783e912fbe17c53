"""The events of an upgrade as lines of text, or as lines of JSON."""

from __future__ import annotations

from dataclasses import asdict

from stillroom.apply.errors import shorten
from stillroom.apply.events import (
    BatchPaused,
    BatchProgress,
    Event,
    Finished,
    Interrupted,
    LockTaken,
    LockWaiting,
    Noticed,
    Resumed,
    RevisionDone,
    RevisionStarted,
    StatementDone,
    StatementProgress,
    StatementStarted,
    TableBusy,
)
from stillroom.apply.lock.lock import describe
from stillroom.errors import counted, printable
from stillroom.findings import told

_QUICK = 1.0  # seconds; statements that take less get no line of their own


def text(event: Event, *, each: bool = False) -> str:
    """An event as plain lines, or "" if it is not worth one; with ``each``, quick ones, too."""
    match event:
        case LockWaiting() | LockTaken():
            return _of_lock(event)
        case Resumed() | RevisionStarted() | RevisionDone() | Finished() | Interrupted():
            return _of_revision(event)
        case StatementStarted() | StatementDone() | StatementProgress() | TableBusy():
            return _of_statement(event, _QUICK if not each else 0.0)
        case BatchProgress() | BatchPaused():
            return _of_batches(event)
        case Noticed():
            return str(event.finding)


def _of_batches(event: BatchProgress | BatchPaused) -> str:
    table = printable(event.table)
    if isinstance(event, BatchPaused):
        return f"    {table}: paused, because {event.reason} ({event.waited:.0f} s)"
    return (
        f"    {table}: {event.rows:,} of about {event.total:,} rows,"
        f" {event.elapsed:.0f} s; about {event.left:.0f} s to go"
    )


def _of_lock(event: LockWaiting | LockTaken) -> str:
    if isinstance(event, LockTaken):
        return f"got the lock after {event.waited:.0f} s" if event.waited >= 1 else ""
    return (
        f"waiting for another deployer: {describe(event.holder)}"
        f" ({event.waited:.0f} of at most {event.timeout:g} s)"
    )


def _of_revision(
    event: Resumed | RevisionStarted | RevisionDone | Finished | Interrupted,
) -> str:
    match event:
        case Resumed():
            done = counted(event.done, "statement is", "statements are")
            line = f"{event.revision} is half-applied; {done} done"
            if event.in_doubt is None:
                return line + ", continuing"
            return (
                f"{line}, and one was interrupted: {shorten(event.in_doubt, 60)}: {event.verdict}"
            )
        case RevisionStarted():
            head = f"[{event.number}/{event.total}] {event.direction} {event.revision}"
            return f"{head} {shorten(event.doc, 60)}".rstrip()
        case RevisionDone():
            skipped = (
                f", {counted(event.skipped, 'was', 'were')} done before" if event.skipped else ""
            )
            return f"    {counted(event.statements, 'statement')}{skipped}, {event.elapsed:.1f} s"
        case Interrupted():
            return ""  # the error that follows says it
        case Finished():
            if not event.revisions:
                return f"nothing to do: the database is at {_heads(event)}"
            return (
                f"{counted(event.revisions, 'revision')}, {counted(event.statements, 'statement')}"
                f" in {event.elapsed:.1f} s; the database is at {_heads(event)}"
            )


def _heads(event: Finished) -> str:
    return ", ".join(event.heads) or "base"


def _of_statement(
    event: StatementStarted | StatementDone | StatementProgress | TableBusy, quick: float
) -> str:
    short = shorten(event.text, 80)
    match event:
        case TableBusy():
            line = (
                f"    {short}: waiting for others who use the table ({event.waited:.0f} s"
                f" of {event.limit:g} s)"
            )
            return "\n".join([line, *(f"        {holder}" for holder in event.holders)])
        case StatementProgress():
            percent = "" if event.percent is None else f" {event.percent:.0f} %"
            return f"    {short}: {event.stage}{percent}, {event.elapsed:.0f} s"
        case StatementDone() if event.skipped:
            return f"    done before: {short}"
        case StatementDone() if event.elapsed >= quick:
            return f"    {short}: {event.elapsed:.1f} s"
    return ""


def as_data(event: Event) -> dict[str, object]:
    """An event for a program: ``event`` is its name, the rest its fields."""
    data = {"event": type(event).__name__, **asdict(event)}
    return {**data, "finding": told(event.finding)} if isinstance(event, Noticed) else data
