"""Ends and removes what a copy beside a table has left behind when it was cut off."""

from __future__ import annotations

import time

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.ddl.copy_tool import Job, Tool
from stillroom.apply.journal.entries import Entry
from stillroom.apply.journal.journal import Journal
from stillroom.apply.outcome import definitions
from stillroom.apply.statements import DatabaseObject
from stillroom.catalog import error_numbers as er

_GRACE = 5.0  # seconds for a program that has lost its parent to clean up by itself


def clean(raw: Raw, tool: Tool, job: Job) -> None:
    """Take away what a tool has left, or what the copy has replaced. Triggers go first: with
    them, and without the table that they write to, nobody could write.
    """
    left = tool.leftovers(job)
    _end_others(raw, job, left.mark)
    swapped = definitions.definition(raw, DatabaseObject("TABLE", job.quoted(job.old))) is not None
    if swapped:
        raw.execute(f"DROP TABLE {job.quoted(job.old)}")  # and with it its triggers
        return
    for trigger in left.triggers:
        raw.execute(f"DROP TRIGGER IF EXISTS {job.quoted(trigger)}")
    raw.execute(f"DROP TABLE IF EXISTS {job.quoted(job.new)}")


def clean_all(raw: Raw, journal: Journal, entries: list[Entry], tool: Tool) -> None:
    """Take away what a run before this one has left behind, by its lines in the journal."""
    for entry in entries:
        schema, _, table = entry.statement.partition(".")
        clean(raw, tool, Job(schema, table))
    journal.delete(raw, [entry.line for entry in entries])


def _end_others(raw: Raw, job: Job, mark: str) -> None:
    """End a program that goes on after who has started it: on another host, perhaps."""
    began = time.monotonic()
    quiet = 0
    while quiet < 3:
        rows = raw.execute(
            "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
            " AND (info LIKE %s OR info LIKE %s)",
            (f"%{_like(job.new)}%", f"%/*{mark}%{_like(job.table)}%"),
        )
        raw.commit()
        quiet = 0 if rows else quiet + 1
        if rows and time.monotonic() - began > _GRACE:
            for (connection,) in rows:
                _kill(raw, int(connection))
        time.sleep(0.1)


def _like(name: str) -> str:
    return name.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%")


def _kill(raw: Raw, connection: int) -> None:
    try:
        raw.execute(f"KILL {connection}")
    except Exception as failure:
        if error_code(failure) != er.NO_SUCH_THREAD:  # it is gone already
            raise
