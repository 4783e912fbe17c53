"""For projects on SQLite the catalog is SQLite itself: a database in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillroom.replay.server.call_site import Places
from stillroom.replay.server.driver import await_something
from stillroom.replay.server.refusals import Refusals


@dataclass(frozen=True)
class SQLiteCatalog:
    """A whole SQLite database; ``image`` is the content of its file."""

    image: bytes = b""

    def tables(self) -> Mapping[str, str]:
        """CREATE statements by the name of the table."""
        connection = open_image(self.image)
        try:
            found = connection.execute(
                "SELECT name, sql FROM sqlite_schema"
                " WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
            return dict(found.fetchall())
        finally:
            connection.close()

    def show_create_table(self, name: str) -> str:
        """The CREATE statement of a table; KeyError if there is none."""
        return self.tables()[name]


def open_image(image: bytes) -> sqlite3.Connection:
    """A database in memory with that content."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    if image:
        connection.deserialize(image)
    return connection


class SQLiteServer(Refusals):
    """What ``Server`` is for MySQL and MariaDB. All connections are one, so that none waits."""

    families = frozenset({"sqlite"})

    def __init__(self, catalog: SQLiteCatalog, *, places: Places | None = None) -> None:
        super().__init__(places)
        self._shared = open_image(catalog.image)

    @property
    def catalog(self) -> SQLiteCatalog:
        """What is in the database now."""
        self._shared.commit()
        return SQLiteCatalog(self._shared.serialize())

    def dialect_for(self, name: str) -> Any:
        from stillroom.replay.server import sqlite_dialects  # most projects are on other servers

        asynchronous = name.endswith(".aiosqlite")
        return sqlite_dialects.AsyncDialect if asynchronous else sqlite_dialects.Dialect

    def connect(self, dialect: Any, options: Mapping[str, Any]) -> Connection:
        kind = AsyncConnection if dialect.is_async else Connection
        return kind(self._shared)

    def owns(self, connection: Any) -> bool:
        return isinstance(connection, Connection) and connection.shared is self._shared


class Connection:
    """The shared connection, which closing ends the transaction of, and no more."""

    def __init__(self, shared: sqlite3.Connection) -> None:
        object.__setattr__(self, "shared", shared)

    shared: sqlite3.Connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shared, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.shared, name, value)

    def close(self) -> None:
        self.shared.rollback()

    terminate = close

    @property
    def _connection(self) -> sqlite3.Connection:
        return self.shared


class _AsyncCursor(sqlite3.Cursor):
    def execute(self, *arguments: Any) -> Any:
        await_something()
        return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        await_something()
        return super().executemany(*arguments)


class AsyncConnection(Connection):
    """The same for async engines."""

    def cursor(self) -> sqlite3.Cursor:
        return self.shared.cursor(_AsyncCursor)
