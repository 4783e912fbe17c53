"""Defines the exceptions of the stand-in driver, as PyMySQL and mysqlclient raise them."""

from __future__ import annotations

from types import ModuleType
from typing import Any


class Warning(Exception):  # noqa: A001 - the names are those of PEP 249
    """An important warning."""


class Error(Exception):
    """Base of the driver's errors; ``args`` are the server's number and message."""


class InterfaceError(Error):
    """The driver was used wrongly, e.g. after it was closed."""


class DatabaseError(Error):
    """The server refused."""


class DataError(DatabaseError):
    """A value that does not fit."""


class OperationalError(DatabaseError):
    """Everything that has no class of its own."""


class IntegrityError(DatabaseError):
    """A key, a foreign key or NOT NULL is violated."""


class InternalError(DatabaseError):
    """Errors of the server that are not for users, numbered below 1000."""


class ProgrammingError(DatabaseError):
    """A wrong statement: its syntax, or a name."""


class NotSupportedError(DatabaseError):
    """What the server cannot do."""


CLASSES = (
    Warning,
    Error,
    InterfaceError,
    DatabaseError,
    DataError,
    OperationalError,
    IntegrityError,
    InternalError,
    ProgrammingError,
    NotSupportedError,
)

# Which class a number belongs to, where it is not OperationalError. The drivers agree on these.
_CLASS_NAMES = {
    **dict.fromkeys(
        (1007, 1064, 1102, 1103, 1110, 1111, 1112, 1113, 1146, 1149, 1166, 1179),
        "ProgrammingError",
    ),
    **dict.fromkeys((1171, 1230, 1263, 1264, 1265, 1366, 1367, 1406, 1441), "DataError"),
    **dict.fromkeys((1048, 1062, 1215, 1216, 1217, 1451, 1452), "IntegrityError"),
    **dict.fromkeys((1196, 1235, 1286, 1289), "NotSupportedError"),
}


def server_error(dbapi: ModuleType | Any, number: int, message: str) -> Exception:
    """The error that ``dbapi`` raises for this number; ``dbapi`` has the names of PEP 249."""
    default = "InternalError" if number < 1000 else "OperationalError"
    error: Exception = getattr(dbapi, _CLASS_NAMES.get(number, default))(number, message)
    if not hasattr(error, "errno"):  # what MySQL Connector's and MariaDB's dialects look for
        error.errno = number  # type: ignore[attr-defined]
    return error
