"""Lets one deployer at a time into a Galera cluster, where GET_LOCK holds on one node only.

A row of the journal says who has the lease. Two nodes cannot both insert it: one of them fails
at its commit. Its holder writes the time into it every few seconds; a row that does not change
any more belongs to somebody who is dead, or whose node is. Clocks of hosts are not compared.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import Holder, Listener, LockTaken
from stillroom.apply.journal.entries import LEASE, STARTED
from stillroom.apply.journal.journal import Journal
from stillroom.apply.lock.lock import FileLock, Lock, NamedLock, poll
from stillroom.apply.server import Server
from stillroom.catalog import error_numbers as er
from stillroom.shell import Command

_LASTS = 15.0  # seconds without a sign of life
_BEAT = 3.0
_LINE = -1
# Somebody else has it; certification on another node has failed; the table has just gone;
# the node is not part of the cluster, for a moment.
_TAKEN = er.DUP_ENTRY
_AGAIN = frozenset(
    {
        er.LOCK_DEADLOCK,
        er.LOCK_WAIT_TIMEOUT,
        er.NO_SUCH_TABLE,
        er.UNKNOWN_COM_ERROR,
        er.ERROR_DURING_COMMIT,
        _TAKEN,
    }
)


def lock_for(
    raw: Raw,
    server: Server,
    journal: Journal,
    engine: Engine,
    timeout: float,
    listener: Listener,
) -> Lock:
    """The lock that holds on this server, on all nodes of its cluster, or on the file."""
    if server.galera:
        return Lease(raw, journal, engine, timeout, listener)
    if raw.mysql:
        return NamedLock(raw, server.database, journal, timeout, listener)
    driver = getattr(raw.dbapi, "driver_connection", raw.dbapi)
    return FileLock(raw, lambda: bool(driver.in_transaction), timeout, listener)


class Lease:
    """The lock, as a row. ``engine`` is for the signs of life, on a connection of their own."""

    def __init__(
        self, raw: Raw, journal: Journal, engine: Engine, timeout: float, listener: Listener
    ) -> None:
        self._raw = raw
        self._journal = journal
        self._engine = engine
        self._timeout = timeout
        self._listener = listener
        self._token = uuid.uuid4().hex
        self._host = f"{socket.gethostname()} (process {os.getpid()})"
        self._seen: tuple[Any, Any] | None = None
        self._since = 0.0
        self._own_wait = 0  # the session's wsrep_sync_wait
        self._heart: _Heart | None = None

    def take(self) -> None:
        """Wait for the lease. Raises ApplyError when the time is over."""
        # What other nodes have committed has to be seen before anything is decided.
        self._own_wait = int(self._raw.value("SELECT @@SESSION.wsrep_sync_wait"))
        self._raw.execute("SET SESSION wsrep_sync_wait = 15")
        waited = poll(self._attempt, self._timeout, self._listener, self._find_holder)
        self._heart = _Heart(self._engine, self._journal.table, self._token)
        self._heart.start()
        self._listener(LockTaken(waited))

    def check(self) -> None:
        """Raises ApplyError if another deployer has taken the lease for that of a dead one."""
        if self._heart is not None and self._heart.lost:
            raise ApplyError(
                "AP122",
                f"this upgrade could not renew its lock for {_LASTS:g} s, and another deployer"
                " has taken over",
                fix=str(Command("status")),
            )

    def release(self) -> None:
        """Let the next one in."""
        if self._heart is not None:
            self._heart.stop()
        try:
            self._raw.execute(
                f"DELETE FROM {self._journal.table} WHERE line = {_LINE} AND digest = %s",
                (self._token,),
            )
            self._raw.commit()
        except Exception as failure:
            # The journal is gone once nothing is left to do.
            if error_code(failure) != er.NO_SUCH_TABLE:
                raise
        self._raw.execute(f"SET SESSION wsrep_sync_wait = {self._own_wait}")

    # ---- attempts ------------------------------------------------------------------------

    def _attempt(self, patience: float) -> bool:
        try:
            if self._insert():
                return True
        except Exception as failure:
            if error_code(failure) not in _AGAIN:
                raise
            with suppress(Exception):
                self._raw.rollback()
        time.sleep(patience)
        return False

    def _insert(self) -> bool:
        if not self._journal.look(self._raw):
            self._journal.create(self._raw)
        at = datetime.now().isoformat(" ", "microseconds")
        row = self._row()
        if row is None:
            self._raw.execute(
                f"INSERT INTO {self._journal.table} (line, kind, state, statement, digest, at)"
                f" VALUES ({_LINE}, %s, %s, %s, %s, %s)",
                (LEASE, STARTED, self._host, self._token, at),
            )
            self._raw.commit()
            return True
        return self._is_dead(row) and self._take_over(row, at)

    def _row(self) -> tuple[Any, Any] | None:
        rows = self._raw.execute(
            f"SELECT digest, at FROM {self._journal.table} WHERE line = {_LINE}"
        )
        self._raw.commit()
        return (rows[0][0], rows[0][1]) if rows else None

    def _is_dead(self, row: tuple[Any, Any]) -> bool:
        now = time.monotonic()
        if row != self._seen or self._cluster_is_altering():
            self._seen, self._since = row, now
        return now - self._since > _LASTS

    def _cluster_is_altering(self) -> bool:
        """Whether this node runs a DDL statement of another: nobody can write meanwhile."""
        rows = self._raw.execute(
            "SELECT info FROM information_schema.processlist"
            " WHERE user = 'system user' AND info IS NOT NULL"
        )
        self._raw.commit()
        return bool(rows)

    def _take_over(self, stale: tuple[Any, Any], at: str) -> bool:
        self._raw.execute(
            f"UPDATE {self._journal.table} SET digest = %s, statement = %s, at = %s"
            f" WHERE line = {_LINE} AND digest = %s AND at = %s",
            (self._token, self._host, at, *stale),
        )
        self._raw.commit()
        row = self._row()
        return row is not None and row[0] == self._token

    def _find_holder(self) -> Holder:
        try:
            rows = self._raw.execute(
                f"SELECT statement, at FROM {self._journal.table} WHERE line = {_LINE}"
            )
            self._raw.commit()
        except Exception as failure:
            if error_code(failure) not in _AGAIN:
                raise
            return Holder()
        if not rows:
            return Holder()
        host, at = (value.decode() if isinstance(value, bytes) else value for value in rows[0])
        return Holder(host=host, since=datetime.fromisoformat(at))


class _Heart:
    """Gives a sign of life every few seconds, from a thread."""

    def __init__(self, engine: Engine, table: str, token: str) -> None:
        url = engine.url
        if engine.dialect.is_async:
            # An async driver's connections belong to the loop of the upgrade.
            url = url.set(drivername="mysql+pymysql")
            engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        self._engine = engine
        self._table = table
        self._token = token
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="lease")
        self.lost = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(_BEAT)

    def _run(self) -> None:
        own: Any = None
        while not self._over.wait(_BEAT):
            try:
                if own is None:
                    own = self._engine.raw_connection()
                self._beat(own)
            except Exception:  # noqa: BLE001 - a node may be away, and come back
                if own is not None:
                    own.invalidate()
                own = None
        if own is not None:
            own.invalidate()

    def _beat(self, own: Any) -> None:
        raw = Raw(own.dbapi_connection, self._engine.dialect)
        at = datetime.now().isoformat(" ", "microseconds")
        raw.execute(
            f"UPDATE {self._table} SET at = %s WHERE line = {_LINE} AND digest = %s",
            (at, self._token),
        )
        raw.commit()
        held = raw.value(f"SELECT digest FROM {self._table} WHERE line = {_LINE}")
        raw.commit()
        self.lost = self.lost or (held is not None and held != self._token)
