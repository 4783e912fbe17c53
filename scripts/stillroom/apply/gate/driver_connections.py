"""Extends the gate to what a migration does on the driver's own connections, past SQLAlchemy.

Those are connections that it opens by the driver alone, and those behind SQLAlchemy's: what
``connection.connection.driver_connection`` gives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import wraps
from threading import local
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.url import make_url
from sqlalchemy.pool import Pool

from stillroom.apply.gate.interception import Cursor, Gate

_METHODS = ("cursor", "commit", "rollback")
# Drivers whose connections are classes of Python, and SQLAlchemy's names for them.
_DRIVERS = {"pymysql.connections": "pymysql", "MySQLdb.connections": "mysqldb"}


class DriverConnections:
    """Watches the classes of connections, of the driver at hand and of those that are imported.

    ``leads_here`` tells whether a connection leads to the server of the upgrade. What SQLAlchemy
    and we ourselves do on them passes the gate elsewhere.
    """

    def __init__(self, gate: Gate, leads_here: Callable[[Any, Dialect], bool]) -> None:
        self._gate = gate
        self._leads_here = leads_here
        self._opened: set[Any] = set()  # by a pool, which has not given them away yet
        # A connection that a revision drops without closing it must end, and let go of its tables.
        self._known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
        self._inherited: dict[tuple[type, str], Any] = {}
        self._at_work = local()  # ``inside``: the gate is, in this thread, on such a connection

    def install(self, connection: Connection) -> None:
        """Watch the classes of connections; ``connection`` is the upgrade's own."""
        if connection.dialect.name not in ("mysql", "mariadb"):
            return
        event.listen(Pool, "connect", self._on_connect, insert=True)
        event.listen(Pool, "checkout", self._on_checkout)
        classes = {type(connection.connection.dbapi_connection): connection.dialect}
        for module, driver in _DRIVERS.items():
            if module in sys.modules:
                classes.setdefault(sys.modules[module].Connection, _dialect_of(driver))
        for owner, dialect in classes.items():
            for name in _METHODS:
                self._inherited[owner, name] = vars(owner).get(name)
                setattr(owner, name, self._method(owner, name, dialect))

    def remove(self) -> None:
        """Leave the classes as they were."""
        if not self._inherited:
            return
        event.remove(Pool, "connect", self._on_connect)
        event.remove(Pool, "checkout", self._on_checkout)
        for (owner, name), own in self._inherited.items():
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
        self._inherited.clear()

    def _on_connect(self, dbapi: Any, _record: Any) -> None:
        self._opened.add(dbapi)

    def _on_checkout(self, dbapi: Any, *_: Any) -> None:
        self._opened.discard(dbapi)

    def _method(self, owner: type, name: str, dialect: Dialect) -> Any:
        original = getattr(owner, name)
        libraries = ("stillroom", "sqlalchemy", owner.__module__.partition(".")[0])

        @wraps(original)
        def method(connection: Any, *args: Any, **kwargs: Any) -> Any:
            caller = str(sys._getframe(1).f_globals.get("__name__"))
            if caller.partition(".")[0] in libraries or not self._is_watched(connection, dialect):
                return original(connection, *args, **kwargs)
            if name == "cursor":
                real = original(connection, *args, **kwargs)
                gate = _MarkingGate(self._gate, self._from_inside)
                return Cursor(connection, real, gate, dialect, streaming=_is_streaming(real))
            with self._from_inside():
                return getattr(self._gate, name)(connection, dialect)

        return method

    def _is_watched(self, connection: Any, dialect: Dialect) -> bool:
        if getattr(self._at_work, "inside", False) or connection in self._opened:
            return False
        if (known := self._recalled(connection)) is None:
            with self._from_inside():
                known = self._leads_here(connection, dialect)
            with suppress(TypeError):
                self._known[connection] = known
        return known

    def _recalled(self, connection: Any) -> bool | None:
        """Whether it leads here, if that is known."""
        try:
            return self._known.get(connection)
        except TypeError:  # an async driver's: it has slots, and takes no weak reference
            return None

    @contextmanager
    def _from_inside(self) -> Iterator[None]:
        before = getattr(self._at_work, "inside", False)
        self._at_work.inside = True
        try:
            yield
        finally:
            self._at_work.inside = before


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


def _dialect_of(driver: str) -> Dialect:
    dialect: Any = make_url(f"mysql+{driver}://").get_dialect()
    return cast(Dialect, dialect(dbapi=dialect.import_dbapi()))


def _is_streaming(cursor: Any) -> bool:
    """Whether the rows stay on the server: SSCursor and its like."""
    return any(base.__name__ in ("SSCursor", "CursorUseResultMixIn") for base in type(cursor).mro())
