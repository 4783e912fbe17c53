"""Gives SQLAlchemy's own MySQL and MariaDB dialects the stand-in driver, by any driver's name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool

from stillroom.replay.server import driver

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Dialect

FAMILIES = frozenset({"mysql", "mariadb"})
# Drivers whose engines are async; "…_async" is how one driver with two faces names the second.
_ASYNC_DRIVERS = frozenset({"aiomysql", "aiosqlite", "asyncmy", "asyncpg"})
# The database of an URL that is for another kind of server, and names none.
_DATABASE = "app"


class StandInDialect(MySQLDialect_pymysql):
    """What every stand-in dialect does in place of importing a driver and dialling a server."""

    supports_statement_cache = True
    stands_in = True
    supports_server_side_cursors = False  # to find out, SQLAlchemy would import PyMySQL

    def __init__(
        self, fast_executemany: bool = False, use_setinputsizes: bool = False, **options: Any
    ) -> None:
        """Take the arguments that only some drivers' dialects know, too; they change nothing."""
        options["paramstyle"] = driver.paramstyle
        super().__init__(**options)

    @classmethod
    def import_dbapi(cls) -> Any:
        """The stand-in driver."""
        return driver

    dbapi: Any = import_dbapi  # its name in SQLAlchemy 1.4

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> type[Dialect]:
        """For create_async_engine(), whatever driver the URL names."""
        return (
            cls if cls.is_async else dialect_for(f"{url.get_backend_name()}.{url.drivername}_async")
        )

    def create_connect_args(self, url: URL, *_: Any, **__: Any) -> Any:
        """Only the place of the database matters, and that a URL may be any driver's."""
        family = url.get_backend_name()
        database = url.database or (None if family in FAMILIES else _DATABASE)
        return (), {"database": database, "host": url.host, "port": url.port}

    def _detect_charset(self, connection: Any) -> str:
        return "utf8mb4"

    def get_driver_connection(self, connection: Any) -> Any:
        """The connection itself: no other driver is below it."""
        return connection


class _AsyncStandInDialect(StandInDialect):
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool


class _OwnArguments:
    """What tables and indexes take for a dialect that a stand-in replaces, such as sqlite_where."""

    def __init__(self, family: str) -> None:
        self._family = family

    def __get__(self, dialect: Any, owner: type) -> Any:
        """Read only now: few models ask for it, and importing a dialect takes its time."""
        try:
            return import_module(f"sqlalchemy.dialects.{self._family}").dialect.construct_arguments
        except (ImportError, AttributeError):
            return None  # takes all


_made: dict[str, type[Dialect]] = {}


def dialect_for(name: str) -> type[Dialect]:
    """The dialect for an entry point's name, such as ``mysql.aiomysql`` or ``mariadb``."""
    if name not in _made:
        own, _, driver_name = name.partition(".")
        family = own if own in FAMILIES else "mysql"
        asynchronous = driver_name in _ASYNC_DRIVERS or driver_name.endswith("_async")
        base = _AsyncStandInDialect if asynchronous else StandInDialect
        bases = (MariaDBDialect, base) if family == "mariadb" else (base,)
        _made[name] = type(
            f"StandInDialect_{name.replace('.', '_')}",
            bases,
            {
                "driver": driver_name or base.driver,
                "supports_statement_cache": True,
                "import_dbapi": base.__dict__.get("import_dbapi", StandInDialect.import_dbapi),
                **({} if own in FAMILIES else {"construct_arguments": _OwnArguments(own)}),
            },
        )
    return _made[name]
