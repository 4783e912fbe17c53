"""Sends a script by a driver: the same statements and the same journal, without procedures.

What it leaves when it is cut off is what the text of the script would leave, and an upgrade goes on
with both.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stillroom.apply.connection import Raw, Row, error_code, was_refused
from stillroom.apply.errors import shorten
from stillroom.apply.journal.applied_sources import COLUMN, DEFINITION
from stillroom.apply.journal.entries import DEPLOYER, DONE, REVISION, STARTED
from stillroom.apply.journal.journal import Journal
from stillroom.apply.lock.lock import lock_name
from stillroom.apply.script.driver_script import Script, ScriptLine, ScriptRevision
from stillroom.apply.server import Server, settle_session
from stillroom.apply.statements import Kind
from stillroom.catalog import error_numbers as er
from stillroom.catalog import quoted_name

_RETRY = 0.5  # seconds until a table that others use is asked for again
_READABLE = 20_000  # characters of a statement that the journal keeps


class ScriptStopped(Exception):
    """What has stopped a script, in words. What was done before is in the journal."""


@dataclass(frozen=True)
class Limits:
    """How long, in seconds, to wait: for another deployer, for a table, and in all for a table."""

    lock_timeout: float = 300.0
    lock_wait: float = 1.0
    lock_limit: float = 600.0


def send(
    script: Script, raw: Raw, limits: Limits, should_stop: Callable[[], bool] = lambda: False
) -> bool:
    """Run a script on a connection of its own, from where its database is.

    Returns whether it was asked to stop before its last revision. Raises ScriptStopped, and what
    the driver raises when the connection is lost.
    """
    sending = _Sending(script, raw, limits)
    return sending.run(should_stop)


class _Sending:
    def __init__(self, script: Script, raw: Raw, limits: Limits) -> None:
        self._script, self._raw, self._limits = script, raw, limits
        self._journal = Journal(script.version_table, None)
        self._versions = quoted_name(script.version_table)
        self._notes: list[tuple[Any, ...]] = []  # lines of the journal that are still to be sent
        self._sources: dict[str, str] = {}

    def run(self, should_stop: Callable[[], bool]) -> bool:
        server = Server.ask(self._raw)
        self._open(server)
        try:
            for revision in self._script.revisions[self._position() :]:
                if should_stop():
                    return True
                self._run_revision(revision)
            return False
        finally:
            self._close()

    def _open(self, server: Server) -> None:
        """Take the lock, and begin the journal."""
        raw = self._raw
        if server.kind != self._script.family:
            raise ScriptStopped(f"the script is for {self._script.family}, not for {server}")
        settle_session(server, raw)
        wait = max(1, round(self._limits.lock_wait))
        raw.execute(f"SET SESSION sql_mode = '{self._script.sql_mode}', lock_wait_timeout = {wait}")
        # DDL commits what was noted before it: one message, and one write to the disk, for both.
        raw.dbapi.autocommit(False)
        arguments = (lock_name(server.database), round(self._limits.lock_timeout))
        if raw.value("SELECT GET_LOCK(%s, %s)", arguments) != 1:
            raise ScriptStopped("another deployer has the lock on this database")
        self._prepare_versions()
        self._begin_journal()
        raw.execute(
            f"REPLACE INTO {self._journal.table} (line, kind, state, statement, digest, revision,"
            f" direction, at) VALUES (0, '{DEPLOYER}', '{STARTED}',"
            " CONCAT(USER(), ' (a script)'), CONNECTION_ID(), '', '', %s)",
            (_now(),),
        )

    def _begin_journal(self) -> None:
        """Refuse to go on with what is half-applied; what has changed nothing is forgotten."""
        raw, table = self._raw, self._journal.table
        self._journal.create(raw)
        kinds = {str(row[0]) for row in raw.execute(f"SELECT DISTINCT kind FROM {table}")}
        if kinds - {REVISION, DEPLOYER, Kind.READ.value}:
            raise ScriptStopped("a revision is half-applied")
        if kinds:
            raw.execute(f"DELETE FROM {table}")

    def _prepare_versions(self) -> None:
        """Make the version table, or the column that one of plain Alembic has not."""
        try:
            self._version_rows()
        except self._raw.errors as failure:
            match error_code(failure):
                case er.NO_SUCH_TABLE:
                    self._raw.execute(self._script.versions)
                case er.BAD_FIELD_ERROR:
                    self._raw.execute(f"ALTER TABLE {self._versions} ADD COLUMN {DEFINITION}")
                case _:
                    raise

    def _version_rows(self) -> list[Row]:
        return self._raw.execute(f"SELECT version_num, {COLUMN} FROM {self._versions}")

    def _position(self) -> int:
        """The number of the revision to begin with."""
        rows = self._version_rows()
        heads = {str(row[0]) for row in rows}
        self._sources = next((json.loads(text) for _, text in rows if text), {})
        revisions = self._script.revisions
        for number, revision in enumerate(revisions):
            if heads == set(revision.before):
                return number
        if heads == set(revisions[-1].after):
            return len(revisions)
        raise ScriptStopped(
            f"the database is at {', '.join(sorted(heads)) or 'base'}, where this script neither"
            " begins nor passes"
        )

    def _run_revision(self, revision: ScriptRevision) -> None:
        self._note(revision, 1, REVISION, DONE, revision.file, revision.digest, revision.source)
        for line in revision.lines:
            try:
                self._run_line(revision, line)
            except self._raw.errors as failure:
                if not was_refused(failure):
                    raise
                self._forget(line)
                where = f"revision {revision.id}, {shorten(line.text, 120)}"
                raise ScriptStopped(f"{_words(failure)} ({where})") from failure
        self._end_revision(revision)

    def _run_line(self, revision: ScriptRevision, line: ScriptLine) -> None:
        if line.is_setting:
            self._raw.execute(line.text)
        elif line.kind == Kind.DML:
            self._change_rows(revision, line)
        elif line.texts:
            # Another line below it shows that it is done, and so does its evidence.
            self._note(
                revision, line.number, line.kind, STARTED, line.text, line.digest, None, line.before
            )
            self._send_notes()
            for text in line.texts:
                self._patiently(text)
        else:
            self._note(
                revision, line.number, line.kind, line.state, line.text, line.digest, line.answer
            )

    def _patiently(self, text: str) -> None:
        """Run DDL. A table that others use is asked for again: nobody waits behind it meanwhile."""
        until = time.monotonic() + self._limits.lock_limit
        while True:
            try:
                self._raw.execute(text)
            except self._raw.errors as failure:
                if error_code(failure) != er.LOCK_WAIT_TIMEOUT or time.monotonic() > until:
                    raise
                time.sleep(_RETRY)
            else:
                return

    def _change_rows(self, revision: ScriptRevision, line: ScriptLine) -> None:
        """Change rows once: the journal's line is in the same transaction."""
        raw = self._raw
        self._send_notes()
        raw.commit()  # what is refused from here on takes nothing else with it
        count = 0
        for text in line.texts:
            raw.execute(text)
            count += max(int(raw.value("SELECT ROW_COUNT()") or 0), 0)
        answer = line.answer or f"[null, [], {count}, {raw.value('SELECT LAST_INSERT_ID()')}]"
        packed = answer if isinstance(answer, bytes) else answer.encode()
        self._note(revision, line.number, line.kind, DONE, line.text, line.digest, packed)
        self._send_notes()
        raw.commit()

    def _note(
        self,
        revision: ScriptRevision,
        number: int,
        kind: str,
        state: str,
        text: str,
        digest: str,
        answer: bytes | None = None,
        before: str | None = None,
    ) -> None:
        identity = (number, revision.id, revision.direction, str(kind), state)
        self._notes.append((*identity, text[:_READABLE], digest, answer, before, _now()))

    def _send_notes(self) -> None:
        if not self._notes:
            return
        marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(self._notes))
        self._raw.execute(
            f"INSERT INTO {self._journal.table} (line, revision, direction, kind, state, statement,"
            f" digest, answer, before_it, at) VALUES {marks}",
            [value for note in self._notes for value in note],
        )
        self._notes = []

    def _forget(self, line: ScriptLine) -> None:
        """Of what the server has refused, nothing has happened."""
        self._notes = []
        if line.kind == Kind.DML:
            self._raw.rollback()
        self._raw.execute(
            f"DELETE FROM {self._journal.table} WHERE line = %s AND state = '{STARTED}'",
            (line.number,),
        )
        self._raw.commit()

    def _end_revision(self, revision: ScriptRevision) -> None:
        """In one transaction the version table moves and the journal forgets.

        The next DDL commits it, or the end.
        """
        raw, table = self._raw, self._versions
        self._notes = []
        self._sources.pop(revision.id, None)
        if revision.direction == "upgrade":
            self._sources[revision.id] = revision.blob
        text = json.dumps(self._sources, separators=(",", ":"))
        gone = sorted(set(revision.before) - set(revision.after))
        new = sorted(set(revision.after) - set(revision.before))
        if len(revision.before) == len(revision.after) == len(new) == 1:
            raw.execute(f"UPDATE {table} SET version_num = %s, {COLUMN} = %s", (*new, text))
        else:
            for head in gone:
                raw.execute(f"DELETE FROM {table} WHERE version_num = %s", (head,))
            for head in new:
                raw.execute(f"INSERT INTO {table} (version_num) VALUES (%s)", (head,))
            raw.execute(f"UPDATE {table} SET {COLUMN} = NULL")
            raw.execute(f"UPDATE {table} SET {COLUMN} = %s ORDER BY version_num LIMIT 1", (text,))
        raw.execute(f"DELETE FROM {self._journal.table} WHERE line > 0")

    def _close(self) -> None:
        """Take the journal away, unless it says what a half-applied revision has done."""
        changes = f"SELECT COUNT(*) FROM {self._journal.table} WHERE line > 1"
        try:
            self._raw.commit()
            if not self._raw.value(changes):
                self._journal.drop(self._raw)
        except self._raw.errors:
            return  # the connection is gone, which has raised an error before


def _words(failure: BaseException) -> str:
    return shorten(" ".join(map(str, failure.args)), 200)


def _now() -> str:
    return datetime.now().isoformat(" ", "microseconds")
