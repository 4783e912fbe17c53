"""Extends the gate to connections that a migration opens with the driver, past SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.pool import Pool

from stillroom.apply.gate.interception import Cursor, Gate

_METHODS = ("cursor", "commit", "rollback")


class DriverConnections:
    """Watches the class of the driver's connections.

    Those of SQLAlchemy's pools are none of its business. ``leads_here`` tells whether a connection
    leads to the server of the upgrade.
    """

    def __init__(self, gate: Gate, leads_here: Callable[[Any, Dialect], bool]) -> None:
        self._gate = gate
        self._leads_here = leads_here
        self._pooled: WeakSet[Any] = WeakSet()
        self._known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
        self._class: Any = None
        self._inherited: dict[str, Any] = {}
        self._thread = get_ident()
        self._inside = False  # the gate itself is at work on such a connection

    def install(self, connection: Connection) -> None:
        """Watch the class of this connection; not that of an async driver."""
        if connection.dialect.is_async or connection.dialect.name not in ("mysql", "mariadb"):
            return
        self._class = type(connection.connection.driver_connection)
        self._pooled.add(connection.connection.driver_connection)
        event.listen(Pool, "connect", self._on_pool)
        event.listen(Pool, "checkout", self._on_pool)
        for name in _METHODS:
            self._inherited[name] = vars(self._class).get(name)
            setattr(self._class, name, self._method(name, connection.dialect))

    def remove(self) -> None:
        """Leave the class as it was."""
        if self._class is None:
            return
        event.remove(Pool, "connect", self._on_pool)
        event.remove(Pool, "checkout", self._on_pool)
        for name, own in self._inherited.items():
            if own is None:
                delattr(self._class, name)
            else:
                setattr(self._class, name, own)
        self._class = None

    def _on_pool(self, dbapi: Any, *_: Any) -> None:
        if isinstance(dbapi, self._class):
            self._pooled.add(dbapi)

    def _method(self, name: str, dialect: Dialect) -> Any:
        original = getattr(self._class, name)

        def method(connection: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is_watched(connection, dialect):
                return original(connection, *args, **kwargs)
            if name == "cursor":
                real = original(connection, *args, **kwargs)
                gate = _MarkingGate(self._gate, self._from_inside)
                return Cursor(connection, real, gate, dialect, streaming=_is_streaming(real))
            with self._from_inside():
                return getattr(self._gate, name)(connection, dialect)

        return method

    def _is_watched(self, connection: Any, dialect: Dialect) -> bool:
        if self._inside or connection in self._pooled or get_ident() != self._thread:
            return False
        if connection not in self._known:
            with self._from_inside():
                self._known[connection] = self._leads_here(connection, dialect)
        return self._known[connection]

    @contextmanager
    def _from_inside(self) -> Iterator[None]:
        before, self._inside = self._inside, True
        try:
            yield
        finally:
            self._inside = before


class _MarkingGate:
    """Passes statements of such connections on to the gate, and marks that it is at work."""

    def __init__(self, gate: Gate, inside: Callable[[], AbstractContextManager[None]]) -> None:
        self._gate = gate
        self._inside = inside

    def execute(self, cursor: Cursor, text: str, parameters: Any, many: bool) -> None:
        with self._inside():
            self._gate.execute(cursor, text, parameters, many)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gate, name)


def _is_streaming(cursor: Any) -> bool:
    """Whether the rows stay on the server: SSCursor and its like."""
    return any(base.__name__ in ("SSCursor", "CursorUseResultMixIn") for base in type(cursor).mro())
