"""The gate while a revision runs: each statement is replayed, or run and recorded."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any

from sqlalchemy.engine import Connection, Dialect

from stillroom import catalog
from stillroom.apply.connection import Answer, Raw
from stillroom.apply.ddl.progress import Running
from stillroom.apply.ddl.sender import DdlSender
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import Listener, Noticed, StatementDone, StatementStarted
from stillroom.apply.failures import failed
from stillroom.apply.gate import call_stack
from stillroom.apply.gate.channel import Channel
from stillroom.apply.gate.ddl_queue import DdlQueue, LateFailure, QueuedStatement
from stillroom.apply.gate.interception import Cursor
from stillroom.apply.gate.ledger import Ledger
from stillroom.apply.gate.name_quotes import as_asked, usual
from stillroom.apply.gate.recorded_answers import Mismatch, RecordedAnswers
from stillroom.apply.gate.session import SNAPSHOT
from stillroom.apply.journal.entries import COMBINED, DONE, FAILED, Entry, as_sent, identity
from stillroom.apply.journal.journal import Journal
from stillroom.apply.server import Server, settle_session
from stillroom.apply.statements import Kind, Statement
from stillroom.findings import Finding, Place, shown


class Recorder:
    """Implements the gate for one run: of any number of revisions, one after the other."""

    def __init__(
        self,
        connection: Connection,
        journal: Journal,
        listener: Listener,
        server: Server,
        queue: DdlQueue,
        make_sender: Callable[[Raw], DdlSender],
        check_lock: Callable[[], None],
    ) -> None:
        self._turn = RLock()
        self._depth = 0  # more than 0: what happens is our own doing
        self._programs: dict[str, int | None] = {}  # that the revision has started, in which line
        self._is_told = True  # that it has
        self._connection = connection
        self._dialect: Dialect = connection.dialect
        self._journal = journal
        self._listener = listener
        self._server = server
        self._queue = queue
        self._make_sender = make_sender
        self._check_lock = check_lock
        self._failure: ApplyError | None = None  # of a statement that ran later than asked for
        self._channels: dict[int, Channel] = {}
        self._ledger: Ledger | None = None  # of the revision that is run
        self._raw = Raw(connection.connection.dbapi_connection, connection.dialect)
        self._recorded = RecordedAnswers()
        self._snapshots: list[Entry] = []
        self._side: Any = None
        self.unversioned = False  # no revision is applied yet
        self.has_changes = False  # of a revision that has failed: what it did is kept
        self.committed = True  # false while the last revision's end is not
        self.revision: str | None = None  # that is run, or has failed
        self.running: Running | None = None
        self.connections: set[int] = set()  # of the revision, by the server's numbers
        self.statements = 0
        self.skipped = 0

    # ---- a revision ----------------------------------------------------------------------

    def begin(self, header: Entry, recorded: Sequence[Entry] = ()) -> None:
        """From now on statements belong to the revision of ``header``."""
        self._channels.clear()
        self.connections = {self._server.connection or 0}
        self._ledger, self._failure = Ledger(self._journal, header, recorded), None
        self.revision, self.running = header.revision, None
        self._recorded = RecordedAnswers(
            entry for entry in recorded if entry.kind not in (SNAPSHOT, COMBINED)
        )
        self._snapshots = [entry for entry in recorded if entry.kind == SNAPSHOT]
        self.statements = self.skipped = 0
        self._programs, self._is_told = {}, True

    def end(self) -> None:
        """The revision has asked for its last statement. Raises ApplyError if some are missing."""
        self.flush()
        self._fail_again()
        for channel in self._all_channels():
            channel.sender.restore_lock_wait()
            channel.end()
        header, left = self._ledger.header if self._ledger else None, self._recorded.left()
        self._ledger = self.revision = None
        writes = [entry for entry in left if entry.kind != Kind.READ and entry.state == DONE]
        if header is not None and writes:
            left_over = [entry.statement for entry in writes]
            raise ApplyError.other_path(
                header.revision, header.direction, left_over, list(self._programs)
            )

    def fail(self, failure: BaseException) -> None:
        """The revision has failed: write down what is known, if the server still listens.

        Whether something of it has stayed is in ``has_changes`` afterwards.
        """
        ledger, self._ledger = self._ledger, None
        self._queue.take()
        if not isinstance(failure, Exception) and self._raw.mysql:
            return  # Ctrl-C or SIGTERM: a question might never be answered
        for channel in self._all_channels():
            # Each may be alive or dead; a resume finds out from the server itself.
            with suppress(channel.raw.errors):
                channel.fail()
                channel.sender.restore_lock_wait()
        if ledger is not None:
            with suppress(self._dialect.loaded_dbapi.Error):
                ledger.fail(self._raw, failure)
            self.has_changes = ledger.has_changes
        if self._side is not None:
            self._side.invalidate()  # its pool would try to reset it, and log a failure
            self._side = None

    def discard(self) -> None:
        """The revision is complete; its lines go away in the same transaction."""
        for channel in self._all_channels():
            channel.discard()

    def give_up(self) -> None:
        """Close the connection for such lines without another word to the server."""
        if self._side is not None:
            self._side.invalidate()
            self._side = None

    def close(self) -> None:
        """Give back the connection for what must be kept during a transaction."""
        if self._side is not None:
            with suppress(self._dialect.loaded_dbapi.Error):
                self._side.close()
            self._side = None

    # ---- the gate ------------------------------------------------------------------------

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One thread of a revision at a time: the order of their statements is kept, too."""
        with self._turn:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def execute(self, cursor: Cursor, text: str, parameters: Any, many: bool) -> None:
        """Run a statement, or give its recorded answer; see `Gate`."""
        if not many:
            text, parameters = _as_sent(cursor.dialect, text, parameters)
        with self._in_turn():
            self._handle(cursor, text, parameters, many)

    def _handle(self, cursor: Cursor, text: str, parameters: Any, many: bool) -> None:
        if (signal := self._signal()) is not None:
            raise signal
        if self._ledger is None:
            cursor.send(text, parameters, many)
            return
        self._fail_again()
        if ";" in text.rstrip("; \n") and len(parts := catalog.statements(text)) > 1:
            # Drivers may take a whole script; each of its statements is one to be journalled.
            whole = cursor.real.mogrify(text, parameters) if parameters else None
            for part in catalog.statements(whole) if whole else parts:
                self._handle(cursor, part, None, False)
            return
        channel = self._channel(cursor.dbapi, cursor.dialect)
        statement = channel.read_text(text)
        waits = not many and self._queue.accepts(channel, statement, parameters)
        if not (waits and self._queue.joins(channel, statement)):
            self.flush()
        if statement.kind is not Kind.DDL:
            channel.sender.restore_lock_wait()
        if statement.kind is Kind.TRANSACTION:
            channel.transaction(cursor, statement, parameters)
        elif statement.kind is Kind.OUTSIDE:
            channel.outside(cursor, statement, parameters)
        elif statement.kind is Kind.SESSION and not statement.variables:
            channel.set(cursor, statement, parameters, many)
        else:
            self._execute(channel, cursor, statement, parameters, many, waits=waits)

    def commit(self, dbapi: Any, dialect: Dialect) -> None:
        """Run what waits, and commit; the journal says so in the same transaction."""
        with self._in_turn():
            if self._ledger is not None:
                self.flush()
                self._channel(dbapi, dialect).commit()
            dbapi.commit()
            self.committed = True

    def rollback(self, dbapi: Any, _dialect: Dialect) -> None:
        """Run what waits, and roll back."""
        with self._in_turn():
            if self._signal() is not None:
                return  # the server does it when it sees the end of the connection
            self.flush()
            dbapi.rollback()
            if id(dbapi) in self._channels:
                self._channels[id(dbapi)].rolled_back()

    def release(self, dbapi: Any) -> None:
        """A connection goes back to its pool, or is closed."""
        if id(dbapi) in self._channels:
            channel = self._channels[id(dbapi)]
            with suppress(channel.raw.errors):
                channel.sender.restore_lock_wait()

    def _signal(self) -> BaseException | None:
        """Ctrl-C or SIGTERM, if one is on its way out through the revision's blocks.

        The network may have fallen silent then: what is asked now might never be answered.
        """
        failure = sys.exc_info()[1] if self._raw.mysql else None
        while failure is not None and not isinstance(failure, KeyboardInterrupt):
            failure = failure.__context__
        return failure

    def flush(self) -> None:
        """Run what waits. Raises ApplyError, then and ever after, if a statement of it fails."""
        if self._ledger is None:
            return
        try:
            self._queue.run(self._perform_late, self._check_lock)
        except LateFailure as late:
            cause, queued = late.__cause__, late.waiting
            if isinstance(cause, ApplyError):
                cause.where = cause.where or f"{shown(self._path)}:{queued.line}"
                self._failure = cause
            else:
                self._failure = self._explain(cause, queued)
            raise self._failure from cause

    def leave(self, program: str | None) -> None:
        """The revision leaves the process, perhaps to start a program."""
        if self._ledger is None or self._depth:
            return
        self.flush()
        if program is not None and program not in self._programs:
            self._programs[program] = call_stack.line_in(self._path)
            self._is_told = False

    def _tell_of_programs(self) -> None:
        """Before something is done that cannot be undone: what they read is not kept."""
        if self._is_told or self._ledger is None:
            return
        self._is_told = True
        program, line = list(self._programs.items())[-1]
        self._listener(
            Noticed(
                Finding(
                    "AP119",
                    Place(shown(self._path), line or 0),
                    f"revision {self.revision} starts another program, {program}, and what that"
                    " program reads from the database is not recorded",
                    why=(
                        "If the upgrade is interrupted after this and run again, the program sees"
                        " the half-applied database."
                    ),
                    fix=(
                        "Let the revision itself read, through op.get_bind(), what its statements"
                        " depend on."
                    ),
                )
            )
        )

    def _explain(self, cause: Any, late: QueuedStatement) -> ApplyError:
        assert self._ledger is not None
        driver = self._dialect.loaded_dbapi.Error
        if isinstance(cause, driver) and self._dialect.is_disconnect(cause, None, None):
            self._connection.invalidate(cause)  # or its pool would try to reset it
        return failed(
            self._ledger.header.revision,
            self._path,
            cause,
            self._ledger.has_changes,
            statement=late.statement.text,
            line=late.line,
            unversioned=self.unversioned,
        )

    def _fail_again(self) -> None:
        """The revision may have caught the failure of another statement than it thinks."""
        if self._failure is not None:
            raise self._failure

    @property
    def _path(self) -> str:
        return self._ledger.header.statement if self._ledger else ""

    def _perform_late(self, channel: Channel, statement: Statement, entry: Entry) -> None:
        """Run a statement on a cursor of its own: the one that it was given to may be closed."""
        dbapi = channel.raw.dbapi
        cursor = Cursor(dbapi, dbapi.cursor(), self, channel.raw.dialect, streaming=False)
        try:
            self._perform(channel, cursor, statement, entry, None, many=False)
        except Exception:
            self.statements -= entry.state == FAILED
            raise
        finally:
            cursor.close()

    def _execute(
        self,
        channel: Channel,
        cursor: Cursor,
        statement: Statement,
        parameters: Any,
        many: bool,
        *,
        waits: bool,
    ) -> None:
        entry = self._entry(statement, parameters)
        try:
            recorded_entry = self._recorded.take(entry.digest)
        except Mismatch as mismatch:
            raise ApplyError.other_values(entry.revision, mismatch.entry.statement) from None
        if recorded_entry is not None and self._give(channel, cursor, recorded_entry, statement):
            return
        if waits:
            self._queue.add(channel, statement, entry, self._path)
            cursor.give(Answer(rowcount=0))
            return
        self._perform(channel, cursor, statement, entry, parameters, many)

    def _perform(
        self,
        channel: Channel,
        cursor: Cursor,
        statement: Statement,
        entry: Entry,
        parameters: Any,
        many: bool,
    ) -> None:
        self._check_lock()
        channel.session.go_live()
        reports = statement.kind not in (Kind.READ, Kind.SESSION)
        began = time.monotonic()
        if reports:
            self._tell_of_programs()
            self.statements += 1
            self.running = Running(entry.revision, statement.text, began)
            self._listener(
                StatementStarted(entry.revision, statement.text, self._server.connection)
            )
        try:
            self._run(channel, cursor, statement, entry, parameters, many)
        except Exception as failure:
            channel.refused(entry, failure)
            raise
        if reports:
            self.running = None
            elapsed = time.monotonic() - began
            self._listener(StatementDone(entry.revision, statement.text, elapsed))

    def _run(
        self,
        channel: Channel,
        cursor: Cursor,
        statement: Statement,
        entry: Entry,
        parameters: Any,
        many: bool,
    ) -> None:
        if statement.kind is Kind.READ:
            channel.read(cursor, entry, parameters, many)
        elif statement.kind is Kind.SESSION:
            channel.assign(cursor, statement, entry, parameters, many)
        elif self._is_transactional(channel, statement):
            channel.write(cursor, statement, entry, parameters, many)
        else:
            channel.commit_by_itself(cursor, statement, entry, parameters, many)

    def _is_transactional(self, channel: Channel, statement: Statement) -> bool:
        if not channel.raw.mysql or statement.kind is Kind.TEMPORARY:
            return True
        if channel.session.is_temporary(statement):
            return True
        if statement.verb == "CALL":
            return bool(statement.objects) and not channel.counters.commits(statement.objects[0])
        return statement.kind is Kind.DML and channel.counters.transactional(statement)

    # ---- what was recorded ---------------------------------------------------------------

    def _give(self, channel: Channel, cursor: Cursor, entry: Entry, statement: Statement) -> bool:
        """Answer with what was recorded; False if that cannot be given and must be asked again."""
        if entry.state == FAILED and entry.error is not None:
            name, arguments = entry.error
            driver = channel.raw.dialect.loaded_dbapi
            raise getattr(driver, name, driver.Error)(*arguments)
        answer = entry.answer
        if answer is None and statement.kind is Kind.READ:
            return False
        if answer is None and entry.before is None:
            raise ApplyError.unrecorded(entry.revision, entry.statement)
        answer = answer or Answer()  # DDL gives none
        if entry.rest:
            channel.complete(entry)
        if statement.kind is Kind.SESSION:
            channel.session.set_variables(statement, cursor, answer)
            return True
        cursor.give(as_asked(answer, statement, self._server.sql_mode))
        channel.session.skipped(statement, answer)
        if statement.kind is not Kind.READ:
            self.skipped += 1
            self._listener(StatementDone(entry.revision, statement.text, 0.0, skipped=True))
        return True

    def _entry(self, statement: Statement, parameters: Any) -> Entry:
        assert self._ledger is not None
        name = identity(usual(statement.text, self._server.sql_mode), parameters)
        entry = Entry(statement.kind, DONE, statement.text, name)
        header = self._ledger.header
        entry.revision, entry.direction = header.revision, header.direction
        return entry

    def _channel(self, dbapi: Any, dialect: Dialect) -> Channel:
        channel = self._channels.get(id(dbapi))
        if channel is None:
            assert self._ledger is not None
            raw = Raw(dbapi, dialect)
            if dbapi is not self._raw.dbapi:
                settle_session(self._server, raw)
                if raw.mysql:
                    self.connections.add(int(raw.value("SELECT CONNECTION_ID()")))
            channel = Channel(
                raw,
                self._journal,
                self._ledger,
                self._side_raw,
                self._make_sender(raw),
                self._snapshots,
            )
            self._channels[id(dbapi)] = channel
        return channel

    def _all_channels(self) -> list[Channel]:
        """Those that there are now: a connection that is cleared away meanwhile may add one."""
        return list(self._channels.values())

    def _side_raw(self) -> Raw:
        if self._side is None:
            self._side = self._connection.engine.raw_connection()
            settle_session(self._server, Raw(self._side.dbapi_connection, self._dialect))
        return Raw(self._side.dbapi_connection, self._dialect)


def _as_sent(dialect: Dialect, text: str, parameters: Any) -> tuple[str, Any]:
    """A statement as the server gets it, if it has no parameters."""
    formats = dialect.paramstyle in ("format", "pyformat") and dialect.driver != "mysqlconnector"
    return as_sent(text, parameters) if formats else (text, parameters)
