"""One connection of a migration: what its open transaction has done, and when it is committed.

The rule behind it: what the journal says and what the tables say are committed by one and
the same commit. So the lines of DML wait here until a commit is about to come, from whatever
side, and go into the transaction as its last act. DDL commits by itself: its line says
"sent" and is committed before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from stillroom.apply.connection import Answer, Raw, error_code, was_refused
from stillroom.apply.ddl.sender import DdlSender
from stillroom.apply.errors import ApplyError
from stillroom.apply.gate.auto_increment import Counters
from stillroom.apply.gate.interception import Cursor
from stillroom.apply.gate.ledger import Ledger
from stillroom.apply.gate.session import Session
from stillroom.apply.journal.entries import DONE, FAILED, NEXT, STARTED, Entry
from stillroom.apply.journal.journal import Journal
from stillroom.apply.outcome.outcome import Outcome
from stillroom.apply.statements import Kind, Statement, classify
from stillroom.catalog import error_numbers as er
from stillroom.catalog import quoted_name


class Channel:
    """The journal's side of one connection, while one revision runs.

    ``ledger`` is that of the revision. ``side`` opens another connection, for lines that must be
    kept while this one has an open transaction.
    """

    def __init__(
        self,
        raw: Raw,
        journal: Journal,
        ledger: Ledger,
        side: Callable[[], Raw],
        sender: DdlSender,
        snapshots: Sequence[Entry] = (),
    ) -> None:
        self.raw = raw
        self.sender = sender
        self.session = Session(raw, list(snapshots))
        self.counters = Counters(raw, journal, side)
        self._journal = journal
        self._ledger = ledger
        self._pending: list[Entry] = []  # lines of the open transaction
        self._written: list[Entry] = []  # of them, those that the journal has by now
        self._announced: list[Entry] = []  # in the journal, and about to be sent one by one
        self._locks = False  # by LOCK TABLES
        self._home: str | None = None  # the database before a USE of the revision
        self.database = ""  # where that has led
        self._begun = False  # by a BEGIN of the migration's own
        self._held = False  # a savepoint or locked rows that a commit would give away

    def read_text(self, text: str) -> Statement:
        """What a statement is on this connection."""
        statement = self.session.resolve(classify(text))
        return statement.in_database(self.database) if self.database else statement

    # ---- kinds of statements -------------------------------------------------------------

    def read(self, cursor: Cursor, entry: Entry, parameters: Any, many: bool) -> None:
        """Run a query, and record its rows; those of a streaming cursor as they are fetched."""
        cursor.send(entry.statement, parameters, many)
        if cursor.streaming:
            entry.seen = []
            cursor.watch(entry.seen)
            self._ledger.watch(cursor)
            columns = tuple(tuple(column) for column in cursor.description or ())
            entry.answer = Answer(columns, (), cursor.rowcount)
        else:
            entry.answer = cursor.take()
        self._held = self._held or "FOR" in entry.statement.upper().split()
        self._ledger.note([entry])

    def write(
        self, cursor: Cursor, statement: Statement, entry: Entry, parameters: Any, many: bool
    ) -> None:
        """A statement that is part of a transaction; makes one if there is none."""
        alone = self.autocommits and not self._begun
        if self.raw.mysql:
            self.counters.note(statement, self._ledger.header, free=not self._has_uncommitted)
        if alone:
            self.raw.execute("BEGIN")
        try:
            cursor.send(entry.statement, parameters, many)
            entry.answer = cursor.take()
        except Exception:
            if alone:
                self.raw.rollback()
            raise
        self._pending.append(entry)
        self.session.ran(statement)
        if alone:
            self.flush()
            self.raw.commit()
            self._committed()

    def commit_by_itself(
        self, cursor: Cursor, statement: Statement, entry: Entry, parameters: Any, many: bool
    ) -> None:
        """DDL, CALL, and DML on tables without transactions."""
        shows = statement.kind is Kind.DDL and bool(statement.objects)
        entry.state = STARTED
        if self._announced:  # it is in the journal; sending it says that the one before is done
            self._announced.remove(entry)
        else:
            entry.before = Outcome(self.raw, statement).fingerprint()
            self._pending.append(entry)
            self.flush()
            if not (shows and self.raw.mysql):
                self.raw.commit()  # the servers themselves do it before DDL: one message less
        self._ledger.sent(entry)
        try:
            self.sender.send(statement, lambda text: cursor.send(text, parameters, many))
            answer = cursor.take()
        except ApplyError:
            entry.state = FAILED
            raise
        except Exception as failure:
            if was_refused(failure):
                entry.fail(failure)
            # Of all errors, that of the syntax comes before the commit.
            if error_code(failure) != er.PARSE_ERROR:
                self._committed()
            raise
        self._committed()
        entry.state = DONE
        entry.answer = answer if answer.description else None
        self.session.ran(statement)
        self.counters.forget_definitions()
        if not shows or statement.verb == "TRUNCATE":
            self.flush()  # whether it has happened is hard to see: keep the doubt short
            self.raw.commit()

    def announce(self, group: Sequence[Entry]) -> None:
        """Write down statements that will be sent one after the other, and nothing else."""
        for entry in group:
            entry.before, entry.state = {}, NEXT
        group[0].state = STARTED
        self._pending += group
        self.flush()  # committed by the first of them
        self._announced = list(group)

    def precede(self, entries: Sequence[Entry]) -> None:
        """Lines that belong to the statement that comes next, and are kept with its line."""
        self._pending += entries

    def forget(self, entries: Sequence[Entry]) -> None:
        """The server has refused the last statement, and another way will be tried."""
        self._ledger.forget(self.raw, entries)

    def complete(self, entry: Entry) -> None:
        """Do what is left of a statement that the server has done in part."""
        for text in entry.rest:
            self.raw.execute(text)
        self._ledger.complete(self.raw, entry)

    def refused(self, entry: Entry, failure: Exception) -> None:
        """A statement that failed: if the migration goes on, it has to fail again on a resume."""
        if entry.state == DONE:
            entry.fail(failure)
            self._pending.append(entry)

    def transaction(self, cursor: Cursor, statement: Statement, parameters: Any) -> None:
        """BEGIN, COMMIT, ROLLBACK and the like, written out in a migration."""
        verb = statement.verb
        if verb == "SAVEPOINT":
            self._held = True
        ends = verb in ("BEGIN", "START", "COMMIT", "END", "XA")
        if ends:
            self.commit()
        cursor.send(statement.text, parameters, False)
        if ends or (verb == "ROLLBACK" and "TO" not in statement.words):
            self._begun = verb in ("BEGIN", "START")

    def set(self, cursor: Cursor, statement: Statement, parameters: Any, many: bool) -> None:
        """A setting of the connection. LOCK TABLES has to let the journal through."""
        text = statement.text
        if statement.verb == "PREPARE":
            self.session.prepare(statement)
            cursor.give(Answer())
            return
        if statement.verb == "DEALLOCATE" and self.session.deallocate(statement):
            cursor.give(Answer())
            return
        if statement.verb in ("LOCK", "UNLOCK") or "AUTOCOMMIT" in statement.words:
            self.commit()
            self.raw.commit()
        self._locks = statement.verb == "LOCK" or (self._locks and statement.verb != "UNLOCK")
        if statement.verb == "USE" and self._home is None:
            self._home = str(self.raw.value("SELECT DATABASE()") or "")
        if statement.verb == "LOCK":
            text = f"{text.rstrip().rstrip(';')}, {self._journal.table} WRITE"
        cursor.send(text, parameters, many)
        if statement.verb == "USE":
            self.database = str(self.raw.value("SELECT DATABASE()"))
        if any("SQL_QUOTE_SHOW_CREATE" in word for word in statement.words):
            self.raw.execute("SET SESSION sql_quote_show_create = 1")  # we read definitions by it

    def assign(
        self, cursor: Cursor, statement: Statement, entry: Entry, parameters: Any, many: bool
    ) -> None:
        """A statement that sets user variables, whose values are kept."""
        cursor.send(statement.text, parameters, many)
        answer = cursor.take()
        values = self.session.variables(statement)
        entry.answer = Answer(answer.description, (*answer.rows, values), answer.rowcount)
        self._ledger.note([entry])

    def outside(self, cursor: Cursor, statement: Statement, parameters: Any) -> None:
        """A statement of SQLite that has no effect inside a transaction."""
        self.commit()
        self.raw.commit()
        cursor.send(statement.text, parameters, False)
        cursor.take()
        self.raw.execute("BEGIN IMMEDIATE")

    # ---- commits -------------------------------------------------------------------------

    @property
    def autocommits(self) -> bool:
        """Whether each statement of this connection is committed by itself."""
        if not self.raw.mysql:
            return False  # a transaction is open since the revision began
        driver = getattr(self.raw.dbapi, "driver_connection", self.raw.dbapi)
        asked = getattr(driver, "get_autocommit", None)
        return bool(asked() if asked is not None else self.raw.value("SELECT @@autocommit"))

    @property
    def _has_uncommitted(self) -> bool:
        return bool(self._pending) or self._begun or self._held

    def commit(self) -> None:
        """A commit is about to come that this side has not asked for."""
        if self._pending:
            self.flush()
        self._committed()

    def rolled_back(self) -> None:
        """What the transaction has done has happened, and is undone: it need not be done again."""
        self._ledger.rolled_back([*self._written, *self._pending])
        self._written, self._pending = [], []
        self._begun = self._held = False

    def _committed(self) -> None:
        self.counters.committed()
        self._written = []
        self._begun = self._held = False

    def flush(self) -> None:
        """Put into the open transaction what it has done, and what led to it."""
        # Snapshots first: what follows a line that says "sent" would say that it is done.
        lines = [*self.session.snapshots(), *self._pending]
        if self.counters.noted and any(entry.kind == Kind.DML for entry in lines):
            self._journal.delete_counters(self.raw)
        self._written += self._ledger.write(self.raw, lines)
        self._pending = []

    def fail(self) -> None:
        """The revision has failed: what is not committed has not happened."""
        self.raw.rollback()
        self._pending.clear()

    def end(self) -> None:
        """The revision has ended: what it has locked, or where it went, is not the next one's.

        Nor is it that of Alembic, which now moves the version table.
        """
        if self._locks:
            self.commit()
            self.raw.commit()
            self.raw.execute("UNLOCK TABLES")
        if self._home:
            self.raw.execute(f"USE {quoted_name(self._home)}")

    def discard(self) -> None:
        """The revision is complete, and needs no lines any more."""
        self._pending.clear()
