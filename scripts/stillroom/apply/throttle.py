"""Slows down changes of many rows while the server is busy or replicas lag."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from stillroom.apply.connection import Raw, is_lost
from stillroom.apply.errors import ApplyError
from stillroom.apply.events import BatchPaused, BatchProgress, Listener
from stillroom.apply.options import Options
from stillroom.apply.waiting import Wait
from stillroom.project.servers.server_urls import server_url, unreachable
from stillroom.shell import Command

_ASK_EVERY = 0.5  # seconds between two looks at the server
_TELL_EVERY = 1.0
_PAUSE = 1.0
_LAGS = ("Seconds_Behind_Source", "Seconds_Behind_Master")


class ServerThrottle:
    """The pace of one upgrade; asks on connections of its own."""

    def __init__(
        self,
        engine: Engine,
        options: Options,
        listener: Listener,
        keep_alive: Callable[[], object],
    ) -> None:
        self._engine = engine
        self._options = options
        self._listener = listener
        self._keep_alive = keep_alive  # of the connection that waits with it
        self._own: Any = None
        self._replicas: list[sa.Connection] | None = None
        self._table: str | None = None
        self._began = self._asked = self._told = 0.0
        self._total = 0
        self._counted: tuple[float, int] | None = None  # from when and how many rows on

    @property
    def lock_limit(self) -> float:
        """Seconds for which a batch is tried again that others keep from its rows."""
        return self._options.lock_limit

    def step(self, table: str, rows: int) -> None:
        """Tell how far it is, and wait until the server has time for more."""
        now = time.monotonic()
        if table != self._table:
            self._table, self._began, self._told = table, now, now
            self._total = self._estimate(table)
            self._counted = None
        if now - self._asked < _ASK_EVERY:
            return
        if now - self._told >= _TELL_EVERY:
            self._told = now
            self._tell(table, rows, now)
        self._wait()
        self._asked = time.monotonic()

    def close(self) -> None:
        """Give the connections back."""
        if self._own is not None:
            with suppress(self._engine.dialect.loaded_dbapi.Error):
                self._own.close()
        for replica in self._replicas or ():
            replica.close()
            replica.engine.dispose()
        self._own = self._replicas = None

    def give_up(self) -> None:
        """Close the connections without another word to the servers."""
        if self._own is not None:
            self._own.invalidate()
        for replica in self._replicas or ():
            replica.invalidate()
            replica.engine.dispose()
        self._own = self._replicas = None

    def _tell(self, table: str, rows: int, now: float) -> None:
        if self._counted is None:  # what was done before has been passed by now, in no time
            self._counted = now, rows
            return
        since, before = self._counted
        total = max(self._total, rows)
        rate = (rows - before) / (now - since)
        left = (total - rows) / rate if rate else 0.0
        self._listener(BatchProgress(table, rows, total, now - self._began, left, rate))

    def _wait(self) -> None:
        wait = Wait(self._options.pause_limit)
        while reason := self._reason():
            if wait.is_over:
                raise ApplyError(
                    "AP403",
                    f"gave up after {wait.seconds:.0f} s of waiting: {reason}; the statements"
                    " before it are done and stay done",
                    fix=(
                        f"Run {Command('resume')} when the server is less busy, or raise"
                        "\nmax_load, max_lag or pause_limit (seconds) in alembic.ini."
                    ),
                )
            self._keep_alive()
            if wait.is_due():
                self._listener(BatchPaused(self._table or "", reason, wait.seconds))
            time.sleep(_PAUSE)

    def _reason(self) -> str:
        """Why it has to wait, or "". The connections that ask may have died while nobody did."""
        try:
            return self._ask()
        except (self._engine.dialect.loaded_dbapi.Error, sa.exc.DBAPIError) as failure:
            if not is_lost(getattr(failure, "orig", None) or failure):
                raise
            self.give_up()
            return self._ask()

    def _ask(self) -> str:
        if self._options.max_load:
            rows = self._raw().execute("SHOW GLOBAL STATUS LIKE 'Threads_running'")
            running = int(rows[0][1]) if rows else 0
            if running > self._options.max_load:
                return (
                    f"{running} statements run on the server (max_load is {self._options.max_load})"
                )
        return self._lag()

    def _lag(self) -> str:
        if self._replicas is None:
            self._replicas = _connect(self._options.replicas)
        for replica in self._replicas:
            row = replica.exec_driver_sql("SHOW REPLICA STATUS").mappings().first()
            replica.rollback()
            name = f"replica {replica.engine.url.host}:{replica.engine.url.port or 3306}"
            if row is None:
                return f"{name} does not replicate"
            seconds = next((row[lag] for lag in _LAGS if lag in row), None)
            if seconds is None:
                return f"{name} has stopped replicating"
            if int(seconds) > self._options.max_lag:
                return f"{name} is {seconds} s behind (max_lag is {self._options.max_lag:g})"
        return ""

    def _raw(self) -> Raw:
        if self._own is None:
            self._own = self._engine.raw_connection()
        return Raw(self._own.dbapi_connection, self._engine.dialect)

    def _estimate(self, table: str) -> int:
        schema, _, name = table.rpartition(".")
        rows = self._raw().value(
            "SELECT table_rows FROM information_schema.tables WHERE table_name = %s"
            f" AND table_schema = {'%s' if schema else 'DATABASE()'}",
            (name, schema) if schema else (name,),
        )
        return int(rows or 0)


def _connect(urls: Sequence[str]) -> list[sa.Connection]:
    connected = []
    for url in urls:
        address = server_url("REPLICA_URLS", url)
        try:
            connected.append(sa.create_engine(address).connect())
        except Exception as failure:  # noqa: BLE001 - drivers raise anything for an option
            known = unreachable("REPLICA_URLS", address, failure)
            raise ApplyError(
                "AP404",
                f"a replica does not answer: {known.what}",
                where=known.where,
                fix=known.fix,
            ) from None
    return connected
