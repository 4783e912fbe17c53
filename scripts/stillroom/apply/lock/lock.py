"""Lets one deployer at a time work on a database."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import Holder, Listener, LockTaken, LockWaiting
from stillroom.apply.journal.entries import DEPLOYER, STARTED, Entry
from stillroom.apply.journal.journal import Journal
from stillroom.apply.waiting import Wait
from stillroom.catalog import error_numbers as er


class Lock(Protocol):
    """Keeps other deployers out. What it takes is bound to a connection, and dies with it."""

    def take(self) -> None:
        """Wait for the lock. Raises ApplyError when the time is over."""

    def check(self) -> None:
        """Raises ApplyError if it is ours no more."""

    def release(self) -> None:
        """Let the next one in."""


def lock_name(database: str) -> str:
    """The server has one name space for all its databases, and 64 characters for a name."""
    return "stillroom_" + hashlib.sha256(database.encode()).hexdigest()[:24]


class NamedLock:
    """``GET_LOCK`` of MariaDB and MySQL, on the connection that runs the DDL.

    After a deployer has died the server still finishes its ALTER, and that connection still
    has the lock: a lock on another connection would let the next deployer in too early.
    """

    def __init__(
        self, raw: Raw, database: str, journal: Journal, timeout: float, listener: Listener
    ) -> None:
        self._raw = raw
        self._name = lock_name(database)
        self._journal = journal
        self._timeout = timeout
        self._listener = listener

    def take(self) -> None:
        """Wait for the lock. Raises ApplyError AP101 when the time is up."""
        # Polled: "wait for ever" is -1 on MySQL, and means "do not wait" on MariaDB.
        waited = poll(self._attempt, self._timeout, self._listener, self._find_holder)
        self._listener(LockTaken(waited))
        # What was read before may be an old picture: the one who had the lock has moved on.
        self._raw.commit()

    def _attempt(self, patience: float) -> bool:
        return bool(self._raw.value("SELECT GET_LOCK(%s, %s)", (self._name, round(patience))) == 1)

    def check(self) -> None:
        """It lives as long as the connection, which would tell."""

    def release(self) -> None:
        """Let the next deployer in."""
        self._raw.value("SELECT RELEASE_LOCK(%s)", (self._name,))

    def _find_holder(self) -> Holder:
        connection = self._raw.value("SELECT IS_USED_LOCK(%s)", (self._name,))
        if connection is None:
            return Holder()
        host, since = self._ask_journal(int(connection))
        rows = self._raw.execute(
            "SELECT user, host, info FROM information_schema.processlist WHERE id = %s",
            (connection,),
        )
        user, address, doing = rows[0] if rows else (None, None, None)
        return Holder(int(connection), host or address, user, since, doing)

    def _ask_journal(self, connection: int) -> tuple[str | None, datetime | None]:
        """Host and time that the holder has written down. Leaves no transaction behind: a
        metadata lock on the journal would keep the holder from dropping it.
        """
        try:
            lines = self._journal.read(self._raw) if self._journal.look(self._raw) else []
        except Exception as failure:
            if error_code(failure) not in {er.NO_SUCH_TABLE, *er.LACKS_PRIVILEGE}:
                raise
            lines = []
        finally:
            self._raw.commit()
        for line in lines:
            if line.kind == DEPLOYER and line.digest == str(connection):
                return line.statement, line.at
        return None, None


class FileLock:
    """The lock that SQLite keeps on its file: a write transaction.

    It ends with each commit, so that it is taken anew for every revision.
    """

    def __init__(
        self, raw: Raw, in_transaction: Callable[[], bool], timeout: float, listener: Listener
    ) -> None:
        self._raw = raw
        self._in_transaction = in_transaction
        self._timeout = timeout
        self._listener = listener

    def take(self) -> None:
        """Wait for the lock. Raises ApplyError AP101 when the time is up."""
        patience = self._raw.value("PRAGMA busy_timeout")
        self._raw.execute("PRAGMA busy_timeout = 0")  # waiting is told, and has its own end
        try:
            waited = poll(self._attempt, self._timeout, self._listener, Holder)
        finally:
            self._raw.execute(f"PRAGMA busy_timeout = {patience}")
        if waited:
            self._listener(LockTaken(waited))

    def _attempt(self, patience: float) -> bool:
        if self._in_transaction():
            return True
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except Exception as failure:
            if "locked" not in str(failure):
                raise
            time.sleep(min(patience, 0.05))
            return False
        return True

    def check(self) -> None:
        """It lives as long as the transaction, which would tell."""

    def release(self) -> None:
        """Let the next deployer in."""
        if self._in_transaction():
            self._raw.rollback()


def poll(
    attempt: Callable[[float], bool],
    timeout: float,
    listener: Listener,
    find_holder: Callable[[], Holder],
) -> float:
    """Try until it succeeds; returns the seconds waited. Raises ApplyError AP101."""
    wait = Wait(timeout)
    patience = 0.0
    while not attempt(patience):
        if wait.is_over:
            raise _timed_out(find_holder(), timeout)
        if wait.is_due():
            listener(LockWaiting(find_holder(), wait.seconds, timeout))
        patience = max(0.0, min(1.0, timeout - wait.seconds))
    return wait.seconds if wait.was_told else 0.0


def _timed_out(holder: Holder, timeout: float) -> ApplyError:
    return ApplyError(
        "AP101",
        f"another deployer holds the lock on this database: {describe(holder)}; gave"
        f" up after {timeout:g} s",
        fix="Wait until it has finished, or raise lock_timeout (seconds) in alembic.ini."
        + (
            f"\nIf it is stuck, end it on the server: KILL {holder.connection}"
            if holder.connection
            else ""
        ),
    )


def describe(holder: Holder) -> str:
    """The holder in words."""
    if holder.connection is None and holder.host is None:
        return "another process that writes to the database"
    words = [f"connection {holder.connection}" if holder.connection else "a deployer"]
    if holder.user:
        words.append(f"of {holder.user}")
    if holder.host:
        words.append(f"from {holder.host}")
    if holder.since:
        words.append(f"since {holder.since:%Y-%m-%d %H:%M:%S}")
    if holder.doing:
        words.append(f"running {' '.join(holder.doing.split())[:80]}")
    return " ".join(words)


def deployer_line(server_id: int) -> Entry:
    """The line by which others learn who works here."""
    host = f"{socket.gethostname()} (process {os.getpid()})"
    return Entry(DEPLOYER, STARTED, host, str(server_id), line=0)
