"""The seam between a migration and its server: every statement passes a gate.

It is the DBAPI connection, not an event of SQLAlchemy: migrations also use raw cursors, and
"insertmanyvalues" fetches from the cursor that it made itself, so that a statement which is
not run must still leave a cursor with its result. Alembic's objects and env.py are untouched.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from threading import get_ident
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import Pool

from stillroom.apply.connection import Answer, Row


class Gate(Protocol):
    """Decides about statements, commits and rollbacks of a connection."""

    def execute(self, cursor: Cursor, text: str, parameters: Any, many: bool) -> None: ...

    def commit(self, dbapi: Any) -> None: ...

    def rollback(self, dbapi: Any) -> None: ...

    def flush(self) -> None: ...


class Cursor:
    """A DBAPI cursor that asks the gate before it runs anything.

    ``send`` runs a statement; ``give`` puts a recorded answer in place of the server's.
    """

    def __init__(self, dbapi: Any, real: Any, gate: Gate, streaming: bool) -> None:
        self.dbapi = dbapi
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

    def give(self, answer: Answer) -> None:
        self._answer = answer
        self._rows = deque(answer.rows)

    # ---- the cursor of the DBAPI ---------------------------------------------------------

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        text = operation.decode() if isinstance(operation, bytes) else str(operation)
        self._gate.execute(self, text, parameters, False)
        return self.rowcount

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        parameters = list(seq_of_parameters)
        self._gate.execute(self, str(operation), parameters, True)
        return self.rowcount

    @property
    def description(self) -> Any:
        return self._answer.description if self._answer else self.real.description

    @property
    def rowcount(self) -> int:
        return self._answer.rowcount if self._answer else self.real.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._answer.lastrowid if self._answer else self.real.lastrowid

    @property
    def connection(self) -> Any:
        return self.dbapi

    def fetchone(self) -> Any:
        if self._answer:
            return self._rows.popleft() if self._rows else None
        row = self.real.fetchone()
        return self._noted([row])[0] if row is not None else None

    def fetchmany(self, size: int | None = None) -> Any:
        if self._answer:
            count = min(size or self.real.arraysize, len(self._rows))
            return [self._rows.popleft() for _ in range(count)]
        return self._noted(self.real.fetchmany(size or self.real.arraysize))

    def fetchall(self) -> Any:
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


# Python's audit events for ways out of a process, by which a migration may see what it has done.
_WAYS_OUT = frozenset(
    {"socket.connect", "subprocess.Popen", "os.system", "os.fork", "os.posix_spawn", "os.exec"}
)


@dataclass(eq=False)
class Interception:
    """Puts a gate before the connections of an engine, and takes it away again.

    The connection at hand is opened already; others of the same engine (a migration may
    use ``op.get_bind().engine``) get the gate when they leave the pool. What goes past all
    engines, a program or a connection of its own, finds what was asked for until then.
    """

    gate: Gate
    _taken: list[Any] = field(default_factory=list)
    _engine: Engine | None = None
    _thread: int = 0

    def install(self, connection: Connection) -> None:
        self._engine = connection.engine
        self._on_checkout(None, None, connection.connection)
        event.listen(self._engine, "checkout", self._on_checkout)
        event.listen(Pool, "checkout", self._on_other)
        self._thread = get_ident()
        if not connection.dialect.is_async:  # those connect in their event loop
            _watch_ways_out()
            _installed.append(self)

    def remove(self) -> None:
        if self in _installed:
            _installed.remove(self)
        if self._engine is not None:
            event.remove(self._engine, "checkout", self._on_checkout)
            event.remove(Pool, "checkout", self._on_other)
        for fairy in self._taken:
            for name in ("cursor", "commit", "rollback"):
                fairy.__dict__.pop(name, None)
        self._taken.clear()

    def _on_checkout(self, _dbapi: Any, _record: Any, fairy: Any) -> None:
        dbapi = fairy.dbapi_connection
        # Nothing here holds the pool's proxy itself but our list: it is closed when unused.
        fairy.cursor = partial(self._cursor, dbapi)
        fairy.commit = partial(self.gate.commit, dbapi)
        fairy.rollback = partial(self.gate.rollback, dbapi)
        self._taken.append(fairy)

    def _on_other(self, *_: Any) -> None:
        """A connection of whatever kind: it must find what the migration has done so far."""
        if get_ident() == self._thread:
            self.gate.flush()

    def _cursor(self, dbapi: Any, *args: Any, **kwargs: Any) -> Cursor:
        # SQLAlchemy passes arguments for results that stay on the server, and only then.
        return Cursor(dbapi, dbapi.cursor(*args, **kwargs), self.gate, bool(args or kwargs))


_installed: list[Interception] = []


@cache
def _watch_ways_out() -> None:
    """Once for the process: an audit hook cannot be taken away."""

    def look(name: str, _arguments: object) -> None:
        if name in _WAYS_OUT:
            for one in _installed:
                one._on_other()

    sys.addaudithook(look)
