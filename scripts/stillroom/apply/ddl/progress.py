"""Asks the server, on another connection, how far a long statement is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from stillroom.apply.connection import Raw
from stillroom.apply.events import Listener, StatementProgress
from stillroom.apply.server import Server

_PATIENCE = 2.0  # seconds: what is shorter needs no progress
_MARIADB = (
    "SELECT state, stage, max_stage, progress FROM information_schema.processlist WHERE id = %s"
)
_MYSQL = (
    "SELECT s.event_name, s.work_completed, s.work_estimated"
    " FROM performance_schema.events_stages_current s"
    " JOIN performance_schema.threads t ON t.thread_id = s.thread_id WHERE t.processlist_id = %s"
)


@dataclass(frozen=True)
class Running:
    """The statement that the server works on, and when (``time.monotonic``) it was sent."""

    revision: str
    text: str
    since: float


class ProgressWatcher:
    """A thread that looks every two seconds whether a statement takes long.

    The listener is then called from that thread, while the one of the upgrade waits for the
    server. Not for async engines, whose connections belong to their event loop.
    """

    def __init__(
        self,
        engine: Engine,
        server: Server,
        running: Callable[[], Running | None],
        listener: Listener,
    ) -> None:
        self._engine = engine
        self._connection = server.connection
        self._mariadb = server.kind == "mariadb"
        self._running = running
        self._listener = listener
        self._over = threading.Event()
        self._own: Any = None
        self._thread = threading.Thread(target=self._watch, daemon=True, name="progress")

    def start(self) -> None:
        """Begin to watch, in a thread of its own; not for an async driver."""
        if not self._engine.dialect.is_async:
            self._thread.start()

    def stop(self) -> None:
        """End the watching; a thread that hangs is left behind."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _watch(self) -> None:
        errors = (self._engine.dialect.loaded_dbapi.Error, DBAPIError)
        while not self._over.wait(_PATIENCE):
            try:
                self._look()
            except errors:
                # No answer is no reason to stop an upgrade. The next look takes a new connection.
                if self._own is not None:
                    self._own.invalidate()
                self._own = None
        if self._own is not None:
            self._own.invalidate()

    def _look(self) -> None:
        running = self._running()
        elapsed = time.monotonic() - running.since if running else 0.0
        if running is None or elapsed < _PATIENCE:
            return
        if self._own is None:
            self._own = self._engine.raw_connection()
        raw = Raw(self._own.dbapi_connection, self._engine.dialect)
        stage, percent = _ask(raw, self._connection, self._mariadb)
        raw.commit()
        if self._running() is running:
            self._listener(
                StatementProgress(running.revision, running.text, stage, percent, elapsed)
            )


def _ask(raw: Raw, connection: int | None, mariadb: bool) -> tuple[str, float | None]:
    """The stage of a connection's statement, and percent of the whole if the server knows."""
    rows = raw.execute(_MARIADB if mariadb else _MYSQL, (connection,))
    if not rows:
        return "at work", None
    if mariadb:
        state, stage, stages, progress = rows[0]
        percent = (stage - 1 + float(progress) / 100) / stages * 100 if stages else None
        return str(state or "at work"), percent
    name, done, estimated = rows[0]
    percent = 100 * float(done) / float(estimated) if done and estimated else None
    return str(name).rpartition("/")[2], percent
