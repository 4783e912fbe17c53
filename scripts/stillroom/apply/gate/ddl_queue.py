"""DDL that waits for what comes next: ALTERs of one table are sent as one, and statements about
tables that the revision has made are written down together.

A migration gets nothing from DDL, so that it cannot tell when it runs, as long as it runs
before anything that might see it: any other statement, a commit, another connection, the end
of the revision or a failure in it. One whose failure the revision might catch does not wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.ddl import combine, live_table
from stillroom.apply.ddl.combine import Change, Segment
from stillroom.apply.errors import ApplyError
from stillroom.apply.gate import call_stack
from stillroom.apply.gate.channel import Channel
from stillroom.apply.gate.new_tables import StatementGroup
from stillroom.apply.journal.entries import (
    COMBINED,
    DONE,
    FAILED,
    PART,
    STARTED,
    Entry,
    text_digest,
)
from stillroom.apply.server import Server
from stillroom.apply.statements import Kind, Statement, classify
from stillroom.catalog import Target
from stillroom.catalog import error_numbers as er

# What no other cut of the statements would mend: time-outs, KILL QUERY, a full disk.
_FINAL = frozenset(
    {
        er.LOCK_WAIT_TIMEOUT,
        er.QUERY_INTERRUPTED,
        er.MARIADB_STATEMENT_TIMEOUT,
        er.QUERY_TIMEOUT,
        er.DISK_FULL,
        er.RECORD_FILE_FULL,
        er.DISK_FULL_NOWAIT,
    }
)


@dataclass
class QueuedStatement:
    """A statement that has been asked for in ``line`` of the revision, and not been sent."""

    channel: Channel
    statement: Statement
    entry: Entry
    line: int | None


Perform = Callable[[Channel, Statement, Entry], None]


class LateFailure(Exception):
    """A statement has failed after it was asked for; the driver's error is its cause."""

    def __init__(self, waiting: QueuedStatement) -> None:
        super().__init__(waiting.statement.text)
        self.waiting = waiting


class DdlQueue:
    """What waits, on whatever connection of the migration: all of one table, or a group."""

    def __init__(self, server: Server, *, combine_alters: bool) -> None:
        self._target = live_table.target_of(server) if combine_alters else None
        self._modes = server.sql_mode
        self._waiting: list[QueuedStatement] = []
        self._table: tuple[int, str] | None = None
        self._group = StatementGroup()

    def accepts(self, channel: Channel, statement: Statement, parameters: Any) -> bool:
        """Whether the statement may wait for others."""
        if statement.kind is not Kind.DDL or parameters or not channel.raw.mysql:
            return False
        if statement.database or channel.session.is_temporary(statement):
            return False
        if "%" in statement.text and parameters is not None:
            return False  # it would be sent without them, and might then mean something else
        if not self._group.accepts(channel.sender, statement):
            if self._target is None or channel.sender.has_made(statement):
                return False
            if _read(statement.text, self._target, self._modes) is None:
                return False
        return not call_stack.may_be_caught()

    def joins(self, channel: Channel, statement: Statement) -> bool:
        """Whether nothing waits but what it can be sent with."""
        if self._table not in (None, self._key(channel, statement)):
            return False
        return not self._in_group or self._group.joins(statement)

    def add(self, channel: Channel, statement: Statement, entry: Entry, path: str) -> None:
        """Let it wait. ``path`` is the revision's file."""
        self._table = self._key(channel, statement)
        if self._in_group:
            self._group.add(statement)
        self._waiting.append(QueuedStatement(channel, statement, entry, call_stack.line_in(path)))

    @property
    def _in_group(self) -> bool:
        return self._table is not None and not self._table[1]

    def _key(self, channel: Channel, statement: Statement) -> tuple[int, str]:
        """The connection and the table of statements that become one; no table for a group."""
        grouped = self._group.accepts(channel.sender, statement)
        return id(channel), "" if grouped else statement.objects[0].name

    def take(self) -> list[QueuedStatement]:
        """What waits, which from now on does not."""
        waiting, self._waiting, self._table = self._waiting, [], None
        return waiting

    def run(self, perform: Perform, check_lock: Callable[[], None]) -> None:
        """Run all that waits. Raises LateFailure from the error of a statement that fails."""
        in_group = self._in_group
        waiting = self.take()
        if not waiting:
            return
        if in_group:
            self._run_group(waiting, perform, check_lock)
            return
        texts = [queued.statement.text for queued in waiting]
        for segment in cut(waiting[0].channel.raw, texts, self._target):
            group = waiting[segment.start : segment.end]
            if segment.combined and _run_combined(group, segment.text, perform):
                continue
            _run_singly(group, perform)

    def _run_group(
        self, waiting: Sequence[QueuedStatement], perform: Perform, check_lock: Callable[[], None]
    ) -> None:
        channel = waiting[0].channel
        try:
            check_lock()
            if self._group.begin(channel.raw):
                channel.announce([queued.entry for queued in waiting])
        except Exception as failure:
            raise LateFailure(waiting[0]) from failure
        _run_singly(waiting, perform)


def cut(raw: Raw, texts: Sequence[str], target: Target | None) -> list[Segment]:
    """The statements, all of one table, as they are best sent to the server."""
    singly = [Segment(n, n + 1, text) for n, text in enumerate(texts)]
    if len(texts) == 1 or target is None:
        return singly
    session = live_table.session_of(raw, target)
    changes = [_read(text, target, session.sql_mode) for text in texts]
    known = [change for change in changes if change is not None]
    if session.schema is None or len(known) < len(texts):
        return singly
    catalogs = live_table.catalogs_of(raw, [change.parsed for change in known], target, session)
    return combine.segments(known, catalogs, session) if catalogs else singly


def _run_singly(group: Sequence[QueuedStatement], perform: Perform) -> None:
    for queued in group:
        try:
            perform(queued.channel, queued.statement, queued.entry)
        except Exception as failure:
            raise LateFailure(queued) from failure


def _run_combined(group: Sequence[QueuedStatement], text: str, perform: Perform) -> bool:
    """Run several as one. False if the server refuses that, and each has to go alone."""
    first = group[0]
    combined = Entry(COMBINED, DONE, text, text_digest(text))
    combined.revision, combined.direction = first.entry.revision, first.entry.direction
    for queued in group:
        queued.entry.kind, queued.entry.state = PART, STARTED
    first.channel.precede([queued.entry for queued in group])
    try:
        perform(first.channel, classify(text), combined)
    except Exception as failure:
        if combined.state != FAILED:
            raise LateFailure(_named(first, text)) from failure
        first.channel.forget([*(queued.entry for queued in group), combined])
        if isinstance(failure, ApplyError) or error_code(failure) in _FINAL:
            raise LateFailure(_named(first, text)) from failure
        for queued in group:
            queued.entry.kind, queued.entry.state, queued.entry.line = Kind.DDL, DONE, 0
        return False
    return True


def _named(waiting: QueuedStatement, text: str) -> QueuedStatement:
    return QueuedStatement(waiting.channel, classify(text), waiting.entry, waiting.line)


@lru_cache(maxsize=256)
def _read(text: str, target: Target, sql_mode: frozenset[str]) -> Change | None:
    return combine.read(text, target, sql_mode)
