"""Copies a large table with an external tool while others use it.

The program copies; that it was begun is in the journal, and we put the copy in the table's
place ourselves. So whoever is killed at whatever point, the next run knows what it finds:
the old table beside the new one means that it is done, and else the copy is thrown away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import IO

from stillroom.apply.connection import Raw
from stillroom.apply.ddl.combine import Change, read
from stillroom.apply.ddl.copy_tool import Job, Tool
from stillroom.apply.ddl.online_leftovers import clean
from stillroom.apply.ddl.progress import Running
from stillroom.apply.errors import ApplyError, shorten
from stillroom.apply.events import Listener, StatementProgress
from stillroom.apply.journal.entries import ONLINE, STARTED, Entry
from stillroom.apply.journal.journal import Journal
from stillroom.apply.outcome import definitions
from stillroom.apply.statements import DatabaseObject, Statement
from stillroom.catalog import Target
from stillroom.catalog.parser.syntax import (
    AddColumn,
    AddElement,
    AlterColumn,
    AlterIndex,
    ChangeColumn,
    ConvertCharset,
    Drop,
    IndexSpec,
    SetOptions,
)

_KEEP_ALIVE = 60.0  # seconds: the lock is bound to a connection that does nothing meanwhile
_LAST_LINES = 12
# Makes Linux kill the program when we die (PR_SET_PDEATHSIG), so that it sends nothing more while
# the next run cleans up; and not begin if we are dead by then. In a process that then becomes the
# program, and not in a fork of ours, which may hang: a thread of ours watches the progress.
_DIE_TOO = (
    "import ctypes, os, signal, sys;"
    " ctypes.CDLL(None).prctl(1, signal.SIGKILL);"
    " os.getppid() == int(sys.argv[1]) or sys.exit(1);"
    " os.execvp(sys.argv[2], sys.argv[2:])"
)

Patiently = Callable[[Callable[[], object]], object]


class OnlineCopier:
    """Has tables altered by a tool. ``running`` is the statement that it is for."""

    def __init__(
        self,
        tool: Tool,
        journal: Journal,
        target: Target,
        database: str,
        running: Callable[[], Running | None],
        listener: Listener,
    ) -> None:
        self._tool = tool
        self._journal = journal
        self._target = target
        self._database = database
        self._running = running
        self._listener = listener

    def copy(self, raw: Raw, statement: Statement, patiently: Patiently) -> bool:
        """Alter the table by a copy; False if this statement is not for the tool.

        ``patiently`` runs what has to wait for the table. Raises ApplyError if the tool fails:
        then the table is as it was.
        """
        change = read(statement.text, self._target)
        if change is None or not statement.text.isascii() or not _is_copyable(change):
            return False
        job = Job(change.table.schema or self._database, change.table.name, change.clauses)
        if not self._tool.can_name(job) or _is_bound(raw, job):
            return False
        if missing := self._tool.missing():
            raise ApplyError(
                "AP405",
                f"online_ddl is set to {self._tool.name}, but {missing} is not installed"
                " on this machine",
                fix="apt-get install percona-toolkit",
            )
        entry = Entry(ONLINE, STARTED, f"{job.schema}.{job.table}")
        self._journal.write(raw, [entry])
        raw.commit()
        try:
            self._run(raw, job, statement.text)
            swap = (
                f"RENAME TABLE {job.quoted(job.table)} TO {job.quoted(job.old)},"
                f" {job.quoted(job.new)} TO {job.quoted(job.table)}"
            )
            patiently(lambda: raw.execute(swap))
        finally:
            clean(raw, self._tool, job)
            self._journal.delete(raw, [entry.line])
            raw.commit()
        return True

    def _tell(self, percent: float) -> None:
        running = self._running()
        if running is not None:
            elapsed = time.monotonic() - running.since
            name = self._tool.name
            self._listener(
                StatementProgress(running.revision, running.text, name, percent, elapsed)
            )

    def _run(self, raw: Raw, job: Job, text: str) -> None:
        with self._tool.command(job) as command:
            process = subprocess.Popen(
                [*_mortal(), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            last: list[str] = []
            assert process.stdout is not None
            try:
                for line in _lines(process.stdout, lambda: raw.execute("DO 0")):
                    percent = self._tool.percent(line)
                    if percent is None:
                        last = [*last, line][-_LAST_LINES:]
                    else:
                        self._tell(percent)
                code = process.wait()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if code:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise ApplyError(
                "AP406",
                f"{self._tool.name} failed to copy {job.table} ({how}); the table is unchanged",
                fix=f"{shorten(text)}\n\n" + "\n".join(last),
            )


def _mortal() -> list[str]:
    """What a command begins with, to die with us."""
    if sys.platform != "linux":
        return []
    return [sys.executable, "-c", _DIE_TOO, str(os.getpid())]


def _is_copyable(change: Change) -> bool:
    """Whether rows can be copied one by one, without one being lost to a new key."""
    for action in change.actions:
        match action:
            case AddColumn(column=column):
                if column.key or column.reference or column.checks:
                    return False
            case ChangeColumn(old_name=old, column=column):
                if old != column.name or column.key:
                    return False
            case AddElement(element=IndexSpec(kind=kind)):
                if kind in ("PRIMARY", "UNIQUE"):
                    return False
            case Drop(kind="COLUMN" | "INDEX") | AlterColumn() | AlterIndex():
                pass
            case SetOptions() | ConvertCharset():
                pass
            case _:
                return False
    return True


def _is_bound(raw: Raw, job: Job) -> bool:
    """Whether a copy would lose something: names of foreign keys, triggers; or has no key."""
    definition = definitions.definition(raw, DatabaseObject("TABLE", job.quoted(job.table))) or ""
    if "FOREIGN KEY" in definition or "PRIMARY KEY" not in definition:
        return True
    if " PARTITION BY" in definition or "CONSTRAINT" in definition:
        return True
    others = raw.value(
        "SELECT COUNT(*) FROM information_schema.referential_constraints"
        " WHERE unique_constraint_schema = %s AND referenced_table_name = %s",
        (job.schema, job.table),
    )
    triggers = raw.value(
        "SELECT COUNT(*) FROM information_schema.triggers"
        " WHERE event_object_schema = %s AND event_object_table = %s",
        (job.schema, job.table),
    )
    return bool(others or triggers)


def _lines(stream: IO[str], keep_alive: Callable[[], object]) -> Iterator[str]:
    asked = time.monotonic()
    for line in stream:
        if time.monotonic() - asked > _KEEP_ALIVE:
            keep_alive()
            asked = time.monotonic()
        yield line.rstrip()
