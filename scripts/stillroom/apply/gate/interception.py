"""The seam between a migration and its server: every statement passes a gate.

It is the DBAPI connection, not an event of SQLAlchemy: migrations also use raw cursors, and
"insertmanyvalues" fetches from the cursor that it made itself, so that a statement which is
not run must still leave a cursor with its result. Alembic's objects and env.py are untouched.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import PurePath
from threading import get_ident
from typing import Any, Protocol
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.pool import Pool

from stillroom.apply.connection import Answer, Raw, Row


class Gate(Protocol):
    """Decides about statements, commits and rollbacks of a connection."""

    def execute(self, cursor: Cursor, text: str, parameters: Any, many: bool) -> None:
        """Run a statement, or give its recorded answer."""

    def commit(self, dbapi: Any, dialect: Dialect) -> None:
        """Commit a connection of the revision."""

    def rollback(self, dbapi: Any, dialect: Dialect) -> None:
        """Roll back a connection of the revision."""

    def release(self, dbapi: Any) -> None:
        """Forget a connection that is closed, or back in its pool."""

    def flush(self) -> None:
        """Run all statements that wait."""

    def leave(self, program: str | None) -> None:
        """Record what was read before a program, if one is started, can see the work."""


class Cursor:
    """A DBAPI cursor that asks the gate before it runs anything.

    ``send`` runs a statement; ``give`` puts a recorded answer in place of the server's.
    """

    def __init__(
        self, dbapi: Any, real: Any, gate: Gate, dialect: Dialect, *, streaming: bool
    ) -> None:
        self.dbapi = dbapi
        self.dialect = dialect
        self.real = real
        self.streaming = streaming
        self._gate = gate
        self._answer: Answer | None = None
        self._rows: deque[Row] = deque()
        self._seen: list[Row] | None = None

    def send(self, text: str, parameters: Any, many: bool) -> None:
        """Run the statement on the server."""
        self._answer = self._seen = None
        if many:
            self.real.executemany(text, parameters)
        elif parameters is None:
            self.real.execute(text)
        else:
            self.real.execute(text, parameters)

    def take(self) -> Answer:
        """The server's answer with all its rows, which stay to be fetched."""
        description = self.real.description
        rows = tuple(self.real.fetchall()) if description else ()
        answer = Answer(
            tuple(tuple(column) for column in description) if description else None,
            rows,
            self.real.rowcount,
            getattr(self.real, "lastrowid", None),
        )
        self.give(answer)
        return answer

    def watch(self, seen: list[Row]) -> None:
        """Note each row in ``seen`` as it is fetched: for results that are not held in memory."""
        self._seen = seen

    def take_rest(self) -> None:
        """Fetch what a watched result still has: nobody can ask for it later."""
        if self._seen is None or self._answer is not None:
            return
        description = tuple(tuple(column) for column in self.real.description or ())
        rows = tuple(self._noted(self.real.fetchall()))
        self.give(Answer(description, rows, self.real.rowcount))

    def give(self, answer: Answer) -> None:
        """Hand out an answer in place of the server's."""
        self._answer = answer
        self._rows = deque(answer.rows)

    # ---- the cursor of the DBAPI ---------------------------------------------------------

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        """As in PEP 249, through the gate."""
        text = operation.decode() if isinstance(operation, bytes) else str(operation)
        self._gate.execute(self, text, parameters, False)
        return self.rowcount

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        """As in PEP 249, through the gate."""
        parameters = list(seq_of_parameters)
        self._gate.execute(self, str(operation), parameters, True)
        return self.rowcount

    @property
    def description(self) -> Any:
        """As in PEP 249."""
        return self._answer.description if self._answer else self.real.description

    @property
    def rowcount(self) -> int:
        """As in PEP 249."""
        return self._answer.rowcount if self._answer else self.real.rowcount

    @property
    def lastrowid(self) -> Any:
        """As in PEP 249."""
        return self._answer.lastrowid if self._answer else self.real.lastrowid

    @property
    def connection(self) -> Any:
        """As in PEP 249."""
        return self.dbapi

    def fetchone(self) -> Any:
        """As in PEP 249."""
        if self._answer:
            return self._rows.popleft() if self._rows else None
        row = self.real.fetchone()
        return self._noted([row])[0] if row is not None else None

    def fetchmany(self, size: int | None = None) -> Any:
        """As in PEP 249."""
        if self._answer:
            count = min(size or self.real.arraysize, len(self._rows))
            return [self._rows.popleft() for _ in range(count)]
        return self._noted(self.real.fetchmany(size or self.real.arraysize))

    def fetchall(self) -> Any:
        """As in PEP 249."""
        if self._answer:
            rows = list(self._rows)
            self._rows.clear()
            return rows
        return self._noted(self.real.fetchall())

    def _noted(self, rows: Any) -> Any:
        if self._seen is not None:
            self._seen.extend(rows)
        return rows

    def close(self) -> None:
        """As in PEP 249."""
        self.real.close()

    def __iter__(self) -> Iterator[Any]:
        while (row := self.fetchone()) is not None:
            yield row

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


# Python's audit events for programs that a process starts, and for all ways out of it: by them a
# migration may see what it has done.
_PROGRAMS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"})
_WAYS_OUT = frozenset({"socket.connect", "os.fork"} | _PROGRAMS)


@dataclass(eq=False)
class Interception:
    """Puts a gate before the connections of a migration, and takes it away again.

    The connection at hand is open already. Others get the gate when they leave their pool: those of
    the same engine (``op.get_bind().engine``), and those of any engine of this process that leads
    to the same server. What goes past all connections, a program or another host, finds what was
    asked for until then.
    """

    gate: Gate
    _gated: WeakSet[Any] = field(default_factory=WeakSet)
    _engine: Engine | None = None
    _server: tuple[Any, ...] = ()
    _thread: int = 0

    def install(self, connection: Connection) -> None:
        """Put the gate before all connections to the server of this one."""
        self._thread = get_ident()
        fairy = connection.connection
        self._server = _server_of(Raw(fairy.dbapi_connection, connection.dialect))
        self._put_before(fairy, connection.dialect)
        self._engine = connection.engine  # the last that needs the server has been done
        event.listen(Pool, "checkout", self._on_checkout)
        event.listen(Pool, "checkin", self._on_checkin)
        if not connection.dialect.is_async:  # those connect in their event loop
            _watch_ways_out()
            _installed.append(self)

    def remove(self) -> None:
        """Take the gate away from all of them."""
        if self in _installed:
            _installed.remove(self)
        if self._engine is not None:
            event.remove(Pool, "checkout", self._on_checkout)
            event.remove(Pool, "checkin", self._on_checkin)
            self._engine = None
        for fairy in self._gated:
            for name in ("cursor", "commit", "rollback"):
                fairy.__dict__.pop(name, None)
        self._gated.clear()

    def _on_checkout(self, dbapi: Any, record: Any, fairy: Any) -> None:
        pool = fairy._pool
        ours = self._engine is not None and pool is self._engine.pool
        if ours or self._leads_here(dbapi, record, pool._dialect):
            self._put_before(fairy, pool._dialect)
        else:
            self.gate.flush()  # another database: it may be a way to see what was done here

    def _leads_here(self, dbapi: Any, record: Any, dialect: Dialect) -> bool:
        """Whether a connection of another engine is one to our server."""
        if _KNOWN not in record.info:
            record.info[_KNOWN] = self.leads_here(dbapi, dialect)
        return bool(record.info[_KNOWN])

    def leads_here(self, dbapi: Any, dialect: Dialect) -> bool:
        """Whether a connection leads to the server of the upgrade."""
        is_mysql = bool(self._server) and dialect.name in ("mysql", "mariadb")
        return is_mysql and _server_of(Raw(dbapi, dialect)) == self._server

    def _on_checkin(self, dbapi: Any, _record: Any) -> None:
        if dbapi is not None:
            self.gate.release(dbapi)

    def _put_before(self, fairy: Any, dialect: Dialect) -> None:
        dbapi = fairy.dbapi_connection
        # Nothing here keeps the pool's proxy alive: it is closed when nobody uses it.
        fairy.cursor = partial(self._cursor, dbapi, dialect)
        fairy.commit = partial(self.gate.commit, dbapi, dialect)
        fairy.rollback = partial(self.gate.rollback, dbapi, dialect)
        self._gated.add(fairy)

    def on_way_out(self, name: str, arguments: tuple[Any, ...]) -> None:
        """The migration leaves the process: it must find what it has done so far."""
        if get_ident() == self._thread:
            self.gate.leave(_program(name, arguments))

    def _cursor(self, dbapi: Any, dialect: Dialect, *args: Any, **kwargs: Any) -> Cursor:
        real, streaming = dbapi.cursor(*args, **kwargs), stays_on_server(*args, **kwargs)
        return Cursor(dbapi, real, self.gate, dialect, streaming=streaming)


def stays_on_server(*args: Any, **kwargs: Any) -> bool:
    """Whether SQLAlchemy, with these arguments, asks for a cursor that fetches row by row.

    Only then it passes any; but to the connectors of MySQL and MariaDB it passes ``buffered`` each
    time.
    """
    return not kwargs["buffered"] if "buffered" in kwargs else bool(args or kwargs)


_KNOWN = "stillroom_server"  # in a pool's record of a connection: which server it leads to


def _server_of(raw: Raw) -> tuple[Any, ...]:
    """Names the server process that a connection leads to; empty for SQLite."""
    if not raw.mysql:
        return ()
    return tuple(raw.execute("SELECT @@hostname, @@port, @@datadir")[0])


_installed: list[Interception] = []


@cache
def _watch_ways_out() -> None:
    """Once for the process: an audit hook cannot be taken away."""

    def look(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _WAYS_OUT:
            for installed in _installed:
                installed.on_way_out(name, arguments)

    sys.addaudithook(look)


def _program(name: str, arguments: tuple[Any, ...]) -> str | None:
    """The name of the program that an event starts; None if it starts none."""
    if name not in _PROGRAMS:
        return None
    command = os.fsdecode(arguments[0] or arguments[1][0])
    return PurePath(command.split()[0]).name if command.split() else None
