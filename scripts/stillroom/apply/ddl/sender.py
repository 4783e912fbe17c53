"""Sends DDL so that other sessions of the server hardly notice it.

A statement that waits for a table makes all others wait behind it: so it waits for a second,
gives up, lets them pass, and tries again. And it is asked for in the gentlest way that the
server knows for it; what would keep writers out of a large table is refused.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Protocol, TypeVar

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.ddl import algorithms
from stillroom.apply.errors import ApplyError, shorten
from stillroom.apply.events import Listener, TableBusy
from stillroom.apply.options import Options
from stillroom.apply.server import long_transactions
from stillroom.apply.statements import Kind, Statement
from stillroom.apply.waiting import Wait
from stillroom.catalog import Target
from stillroom.catalog import error_numbers as er
from stillroom.shell import Command, quote

_VERBS = frozenset({"ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE"})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0  # seconds, before jitter

T = TypeVar("T")
Send = Callable[[str], None]


class Copier(Protocol):
    """Copies a table while others use it, in place of an ALTER."""

    def copy(
        self, raw: Raw, statement: Statement, patiently: Callable[[Callable[[], object]], object]
    ) -> bool:
        """Do it; False if this statement is not for it. ``patiently`` waits for the table."""


class DdlSender:
    """Sends the DDL of one connection. ``copier`` takes over large copies, if there is one.

    ``ours`` are the connections of the revision, by the server's numbers.
    """

    def __init__(
        self,
        raw: Raw,
        target: Target | None,
        options: Options,
        listener: Listener,
        copier: Copier | None = None,
        ours: Callable[[], Collection[int]] = tuple,
    ) -> None:
        self._raw = raw
        self._ours = ours
        self._target = target
        self._options = options
        self._listener = listener
        self._copier = copier
        self._own: int | None = None  # the session's lock_wait_timeout, while it has ours
        self._made: set[str] = set()

    def send(self, statement: Statement, send: Send) -> None:
        """Run a statement by ``send``, which takes its text or the same in other words.

        Raises ApplyError if it would block writers for long, or has waited for too long: then
        it has not happened.
        """
        if not _may_be_repeated(statement) or not self._raw.mysql:
            self.restore_lock_wait()
            send(statement.text)
            return
        self._shorten_lock_wait()
        if self.has_made(statement):
            self._until_free(statement, lambda: send(statement.text))
            return
        if self._until_free(statement, lambda: self._by_algorithm(statement, send)):
            self._remember(statement)
            return
        if self._copier is None or not self._copier.copy(
            self._raw, statement, lambda action: self._until_free(statement, action)
        ):
            raise self._refusal(statement)

    def has_made(self, statement: Statement) -> bool:
        """Whether it is about a table that the revision has made: nobody else has rows in it yet.

        What it costs then matters to nobody, and finding out costs more.
        """
        return bool(statement.objects) and statement.objects[0].name in self._made

    def _remember(self, statement: Statement) -> None:
        words = tuple(statement.words[:3])
        if words[:2] == ("CREATE", "TABLE") and words[2:] != ("IF",):
            self._made.add(statement.objects[0].name)

    def _until_free(self, statement: Statement, action: Callable[[], T]) -> T:
        """Try until the table is free. Raises ApplyError when the time is over."""
        wait = Wait(self._options.lock_limit)
        for attempt in count():
            try:
                return action()
            except Exception as failure:
                if error_code(failure) != er.LOCK_WAIT_TIMEOUT:
                    raise
                if wait.is_over:
                    raise self._gave_up(statement, wait.seconds) from failure
            if wait.is_due():
                self._tell(statement, wait.seconds)
            pause = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
            # With jitter, or two deployers of two databases would go on meeting each other.
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311 - no secret
        raise AssertionError("unreachable")

    def restore_lock_wait(self) -> None:
        """Give the session its own lock_wait_timeout back, for what is not DDL."""
        if self._own is not None:
            self._raw.execute(f"SET SESSION lock_wait_timeout = {self._own}")
            self._own = None

    def _shorten_lock_wait(self) -> None:
        if self._own is None:
            own = int(self._raw.value("SELECT @@SESSION.lock_wait_timeout"))
            seconds = max(1, round(self._options.lock_wait))
            self._raw.execute(f"SET SESSION lock_wait_timeout = {min(seconds, own)}")
            self._own = own

    # ---- algorithms ----------------------------------------------------------------------

    def _by_algorithm(self, statement: Statement, send: Send) -> bool:
        """False if it is left to be done, and would keep writers out of a large table."""
        ways = algorithms.ways(statement, self._target) if self._target else ()
        for way in ways:
            try:
                send(way)
            except Exception as failure:
                if error_code(failure) not in algorithms.NOT_SO:
                    raise
            else:
                return True
        alter = algorithms.alter(statement.text)
        blocks = alter and self._target and algorithms.may_block(statement, self._target)
        if alter and blocks and self._is_large(alter):
            return False
        send(statement.text)
        return True

    def _is_large(self, alter: algorithms.Alter) -> bool:
        """Whether the table has too many rows for a statement that keeps writers out."""
        most = self._options.max_blocking_rows
        if self._options.allow_lock:
            return False
        rows = self._raw.value(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {alter.table} LIMIT {most + 1}) x"
        )
        return int(rows or 0) > most

    def _refusal(self, statement: Statement) -> ApplyError:
        alter = algorithms.alter(statement.text)
        assert alter is not None
        table = alter.table.replace("`", "")
        return ApplyError(
            "AP401",
            f"this statement would block writes to {table}, which has more than "
            f"{self._options.max_blocking_rows:,} rows, until it has finished",
            fix=(
                f"{shorten(statement.text)}\n\nChoose one:\n"
                "online_ddl = pt-osc in alembic.ini: pt-online-schema-change copies the table"
                " while others write\n"
                f"    (by hand: pt-online-schema-change --alter={quote(alter.clauses)} …)\n"
                f"ALLOW_LOCK=1 {Command('upgrade')}    in a maintenance window, when nobody"
                " writes\n"
                "max_blocking_rows in alembic.ini: raise it if tables of this size may be blocked"
            ),
        )

    # ---- waiting -------------------------------------------------------------------------

    def _tell(self, statement: Statement, waited: float) -> None:
        transactions = list(long_transactions(self._raw, 0))
        self._raw.commit()  # a reader's view of information_schema, and nothing else
        ours = {f"connection {number}" for number in self._ours()}
        holders = [str(finding.where) for finding in transactions]
        if holders and ours.issuperset(holders):
            raise _waits_for_itself(statement, holders)  # nobody else could end it
        who = tuple(f"{finding.where}: {finding.what}" for finding in transactions)
        self._listener(TableBusy(statement.text, waited, self._options.lock_limit, who))

    def _gave_up(self, statement: Statement, waited: float) -> ApplyError:
        transactions = list(long_transactions(self._raw, 0))
        self._raw.commit()
        listed = "\n".join(
            f"{finding.where}: {finding.what}\n    {finding.fix}" for finding in transactions
        )
        return ApplyError(
            "AP402",
            f"gave up after {waited:.0f} s, because other sessions are using the table;"
            " this statement has changed nothing",
            fix=(
                f"{shorten(statement.text)}\n\n"
                f"{listed or 'No session has a transaction open for long.'}\n"
                "\nRun it again when they have finished, or raise lock_limit (seconds) in"
                " alembic.ini."
            ),
        )


def _waits_for_itself(statement: Statement, holders: Sequence[str]) -> ApplyError:
    return ApplyError(
        "AP402",
        "this statement would wait for the revision itself, which has a transaction open"
        f" elsewhere ({', '.join(holders)}); it has changed nothing",
        fix=(
            f"{shorten(statement.text)}\n\n"
            "Work on Alembic's own connection: Session(bind=op.get_bind()), say. Or end that"
            " transaction, and\nthose of the application, before this statement: session.commit()."
            f" Then:\n{Command('upgrade')}"
        ),
    )


def _may_be_repeated(statement: Statement) -> bool:
    """Whether it may be sent again after a time-out: it is DDL, and has then done nothing."""
    if statement.kind is not Kind.DDL or statement.verb not in _VERBS or not statement.objects:
        return False
    return "SELECT" not in statement.words or statement.objects[0].kind != "TABLE"
