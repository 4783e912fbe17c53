"""A DBAPI over a server that exists only in memory (PEP 249)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, NoReturn, Protocol

from sqlalchemy.exc import MissingGreenlet

from stillroom.project.explanations import DOUBLE_PERCENT
from stillroom.replay.server import errors
from stillroom.replay.server.errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,  # noqa: A004  # the DBAPI's name
)
from stillroom.replay.server.parameters import LonePercent, Parameters, bind, literal
from stillroom.replay.server.results import Call, Result
from stillroom.replay.server.unknown_value import UnknownValue

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "TIMESTAMP",
    "Binary",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Warning",
    "apilevel",
    "paramstyle",
    "threadsafety",
]

apilevel = "2.0"
threadsafety = 1
paramstyle = "format"
version_info = (2, 2, 0, "final", 0)  # what dialects that ask for a version may rely on
__version__ = VERSION_STRING = "2.2.0"

STRING = frozenset({253, 254})
BINARY = frozenset({249, 250, 251, 252})
NUMBER = frozenset({0, 1, 2, 3, 4, 5, 8, 9, 246})
DATETIME = TIMESTAMP = frozenset({7, 12})
ROWID: frozenset[int] = frozenset()
Binary = bytes
Date = datetime.date
Time = datetime.time
Timestamp = datetime.datetime


class Client(Protocol):
    """What a connection needs of the server's side."""

    autocommit: bool

    @property
    def schema(self) -> str | None:
        """The current database, by the catalog's name."""

    @property
    def version(self) -> str:
        """The server's version, as VERSION() gives it."""

    def execute(self, sql: str, dbapi: Any) -> Result:
        """Run SQL text without parameters; raise ``dbapi``'s errors."""

    def begin(self) -> None:
        """Begin a transaction; one that is open is committed."""

    def commit(self) -> None:
        """Keep what the transaction has changed."""

    def rollback(self) -> None:
        """Undo what the transaction has done to rows."""

    def end(self) -> None:
        """End the session."""

    def refuse(self, what: str, fix: str) -> NoReturn:
        """Stop the replay."""

    def report_call(self, call: Call) -> None:
        """Tell whoever listens to the server about a call."""


class Cursor:
    """A cursor whose results are all there at once."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: Iterator[tuple[Any, ...]] = iter(())

    def execute(self, sql: str, parameters: Parameters = None) -> int:
        """Run one statement and return how many rows it touched, -1 if that is not known."""
        with self.connection.reported(sql, parameters) as call:
            call.result = self.connection.run(sql, parameters)
            self._keep(call.result)
        return self.rowcount

    def executemany(self, sql: str, many: Sequence[Parameters]) -> int:
        """Run a statement once for each set of parameters."""
        total = 0
        with self.connection.reported(sql, list(many)) as call:
            for parameters in many:
                self._keep(self.connection.run(sql, parameters))
                total = _sum(total, self.rowcount)
            call.result = Result(rowcount=total, lastrowid=self.lastrowid)
        self.rowcount = total
        return total

    def _keep(self, result: Result) -> None:
        self.description = None
        if result.columns is not None:
            self.description = tuple(
                (name, None, None, None, None, None, True) for name in result.columns
            )
        self._rows = iter(result.rows)
        self.rowcount = result.rowcount
        self.lastrowid = result.lastrowid

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next rows: ``size``, else ``arraysize``."""
        wanted = self.arraysize if size is None else size
        return [row for row, _ in zip(self._rows, range(wanted), strict=False)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def callproc(self, name: str, arguments: Sequence[Any] = ()) -> None:
        """Run CALL."""
        self.execute(f"CALL {name}({', '.join(literal(argument) for argument in arguments)})")

    def nextset(self) -> bool | None:
        """None: there is one result at most."""
        return None

    def setinputsizes(self, *sizes: Any) -> None:
        """Sizes help no one here; PEP 249 lets a driver do nothing."""

    def setoutputsize(self, *sizes: Any) -> None:
        """As ``setinputsizes``."""

    def close(self) -> None:
        """Forget the rows that are left."""
        self._rows = iter(())

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Connection:
    """One client of the server in memory.

    ``dbapi`` has the exception classes to raise: this module, or that of the driver which an
    engine was made with before the stand-in came. ``paramstyle`` is the engine's; ``formats`` is
    that of ``bind``.
    """

    def __init__(
        self, client: Client, dbapi: Any = errors, style: str = paramstyle, formats: bool = False
    ) -> None:
        self._formats = formats
        self.client = client
        self._dbapi = dbapi
        self._style = style
        self._closed = False

    def run(self, sql: str | bytes, parameters: Parameters) -> Result:
        """Send one statement to the server; raises the driver's own errors."""
        if self._closed:
            raise self._dbapi.InterfaceError(0, "the connection is closed")
        text = sql.decode() if isinstance(sql, bytes) else sql
        try:
            bound = bind(text, parameters, self._style, formats=self._formats)
        except LonePercent as error:
            what = f"the driver takes a % in this text for the beginning of a marker: {error}"
            self.client.refuse(what, DOUBLE_PERCENT)
        except (TypeError, ValueError, KeyError) as error:
            raise self._dbapi.ProgrammingError(str(error)) from error
        return self.client.execute(bound, self._dbapi)

    def cursor(self, *_: Any, **__: Any) -> Cursor:
        """A cursor; the classes that drivers take as an argument make no difference."""
        return Cursor(self)

    def begin(self) -> None:
        """Begin a transaction."""
        self.client.begin()

    def commit(self) -> None:
        """Commit, and report it as a call."""
        with self.reported("COMMIT", None):
            self.client.commit()

    def rollback(self) -> None:
        """Roll back, and report it as a call; nothing happens on a closed connection."""
        if not self._closed:
            with self.reported("ROLLBACK", None):
                self.client.rollback()

    @contextmanager
    def reported(self, sql: str | bytes, parameters: Any) -> Iterator[Call]:
        """The server's listener hears of the call that is made in the block, when it is over."""
        call = Call(sql.decode() if isinstance(sql, bytes) else sql, parameters)
        try:
            yield call
        except self._dbapi.Error as error:
            call.error = error
            raise
        finally:
            self.client.report_call(call)

    def close(self) -> None:
        """End the session; closing twice is harmless."""
        if not self._closed:
            self.client.end()
            self._closed = True

    terminate = close

    def ping(self, *_: Any, **__: Any) -> None:
        """Raise InterfaceError if the connection is closed."""
        if self._closed:
            raise self._dbapi.InterfaceError(0, "the connection is closed")

    is_connected = ping
    open = property(lambda self: not self._closed)

    def autocommit(self, on: bool) -> None:
        """Switch autocommit, as PyMySQL does it."""
        self.client.autocommit = bool(on)

    def get_autocommit(self) -> bool:
        """Whether autocommit is on."""
        return self.client.autocommit

    def character_set_name(self) -> str:
        """The connection's character set, always utf8mb4."""
        return "utf8mb4"

    def set_character_set(self, *_: Any) -> None:
        """Text is Unicode on its whole way."""

    def escape(self, value: Any, *_: Any) -> str:
        """``value`` as a literal, with its quotes."""
        return literal(value)

    def escape_string(self, value: str) -> str:
        """``value`` as it stands between quotes."""
        return literal(value)[1:-1]

    def thread_id(self) -> int:
        """A number that tells connections apart."""
        return id(self) % 1_000_000

    def get_server_info(self) -> str:
        """The server's version."""
        return self.client.version

    @property
    def _connection(self) -> Connection:
        """What asyncio dialects take for the driver's own connection."""
        return self

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncConnection(Connection):
    """A connection of an async engine, which wants to see something awaited by each statement."""

    def run(self, sql: str | bytes, parameters: Parameters) -> Result:
        """As ``Connection.run``, with one await."""
        await_something()
        return super().run(sql, parameters)


def _sum(total: Any, count: Any) -> Any:
    """Of two numbers of rows, of which one may not be known."""
    for number in (total, count):
        if isinstance(number, UnknownValue) or number < 0:
            return number
    return total + count


def await_something() -> None:
    """Content an async engine, which takes a statement without an await for a mistake."""
    from sqlalchemy.util import await_only

    with suppress(MissingGreenlet):  # an async driver's name in a sync engine
        await_only(_nothing())


async def _nothing() -> None:
    """There is nothing to wait for."""
