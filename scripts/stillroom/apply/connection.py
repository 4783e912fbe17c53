"""Stillroom's own statements on a DBAPI connection, and the answers of servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Dialect

from stillroom.catalog import error_numbers as er

# Errors that come when the connection or the server dies, perhaps after the work is done.
_BROKEN = frozenset(
    {
        er.SERVER_SHUTDOWN,
        er.NORMAL_SHUTDOWN,
        er.SHUTDOWN_COMPLETE,
        *range(er.ABORTING_CONNECTION, er.NET_WRITE_INTERRUPTED + 1),
        er.MARIADB_CONNECTION_KILLED,
    }
)
# Of the client library: the server has gone away, or gave no answer; MySQL: idle for too long.
_LOST = frozenset(
    {
        er.CLIENT_SERVER_GONE_ERROR,
        er.CLIENT_SERVER_LOST,
        er.CLIENT_COMMANDS_OUT_OF_SYNC,
        er.CLIENT_SERVER_LOST_EXTENDED,
        er.CLIENT_INTERACTION_TIMEOUT,
    }
)


Row = Sequence[Any]


@dataclass(frozen=True)
class Answer:
    """What a statement gave: rows with their description, or counts."""

    description: tuple[tuple[Any, ...], ...] | None = None
    rows: tuple[Row, ...] = ()
    rowcount: int = -1
    lastrowid: int | None = None


class Raw:
    """Our own statements on a DBAPI connection, past the gate.

    Past SQLAlchemy too: a statement on its connection would begin a transaction there, and
    Alembic would then take it for one of env.py's and never commit.
    """

    def __init__(self, dbapi: Any, dialect: Dialect) -> None:
        self.dbapi = dbapi
        self.dialect = dialect
        self.mysql = dialect.name in ("mysql", "mariadb")
        self._mark = "?" if dialect.paramstyle in ("qmark", "numeric") else "%s"

    @property
    def errors(self) -> type[Exception]:
        """The class of the driver's own errors."""
        classes: type[Exception] = self.dialect.loaded_dbapi.Error
        return classes

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run ``sql`` with ``%s`` for parameters; returns its rows."""
        cursor = self.dbapi.cursor()
        try:
            if parameters:
                cursor.execute(sql.replace("%s", self._mark), tuple(parameters))
            else:
                cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            cursor.close()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        rows = self.execute(sql, parameters)
        return rows[0][0] if rows else None

    def commit(self) -> None:
        """End the transaction of this connection."""
        self.dbapi.commit()

    def rollback(self) -> None:
        """Undo the transaction of this connection."""
        self.dbapi.rollback()


def error_code(error: BaseException) -> int | None:
    """The server's number of a driver's error; None when the server gave none."""
    code = error.args[0] if error.args else None
    return code if isinstance(code, int) else None


def is_lost(failure: BaseException) -> bool:
    """Whether the connection of a driver's error is gone."""
    code = error_code(failure)
    if code == 0:  # PyMySQL's word for a closed connection
        return type(failure).__name__ == "InterfaceError"
    return code in _LOST or code in _BROKEN


def was_refused(failure: BaseException) -> bool:
    """Whether the server itself said no: then nothing has happened. Else nobody knows."""
    code = error_code(failure)
    if code is None:
        return isinstance(failure, ValueError | TypeError)
    return code >= 1000 and not 2000 <= code < 3000 and code not in _BROKEN
