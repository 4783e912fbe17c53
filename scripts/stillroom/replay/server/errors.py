"""Defines the exceptions of the stand-in driver, as PyMySQL and mysqlclient raise them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from stillroom.catalog import error_numbers as er


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


# Which class a number belongs to, where it is not OperationalError. The drivers agree on these.
_CLASS_NAMES = {
    **dict.fromkeys(
        (
            er.DB_CREATE_EXISTS,
            er.PARSE_ERROR,
            er.WRONG_DB_NAME,
            er.WRONG_TABLE_NAME,
            er.FIELD_SPECIFIED_TWICE,
            er.INVALID_GROUP_FUNC_USE,
            er.UNSUPPORTED_EXTENSION,
            er.TABLE_MUST_HAVE_COLUMNS,
            er.NO_SUCH_TABLE,
            er.SYNTAX_ERROR,
            er.WRONG_COLUMN_NAME,
            er.CANT_DO_THIS_DURING_AN_TRANSACTION,
        ),
        "ProgrammingError",
    ),
    **dict.fromkeys(
        (
            er.PRIMARY_CANT_HAVE_NULL,
            er.NO_DEFAULT,
            er.WARN_NULL_TO_NOTNULL,
            er.WARN_DATA_OUT_OF_RANGE,
            er.WARN_DATA_TRUNCATED,
            er.TRUNCATED_WRONG_VALUE_FOR_FIELD,
            er.ILLEGAL_VALUE_FOR_TYPE,
            er.DATA_TOO_LONG,
            er.DATETIME_FUNCTION_OVERFLOW,
        ),
        "DataError",
    ),
    **dict.fromkeys(
        (
            er.BAD_NULL_ERROR,
            er.DUP_ENTRY,
            er.CANNOT_ADD_FOREIGN,
            er.NO_REFERENCED_ROW,
            er.ROW_IS_REFERENCED,
            er.ROW_IS_REFERENCED_2,
            er.NO_REFERENCED_ROW_2,
        ),
        "IntegrityError",
    ),
    **dict.fromkeys(
        (
            er.WARNING_NOT_COMPLETE_ROLLBACK,
            er.NOT_SUPPORTED_YET,
            er.UNKNOWN_STORAGE_ENGINE,
            er.FEATURE_DISABLED,
        ),
        "NotSupportedError",
    ),
}


def server_error(dbapi: ModuleType | Any, number: int, message: str) -> Exception:
    """The error that ``dbapi`` raises for this number; ``dbapi`` has the names of PEP 249."""
    default = "InternalError" if number < 1000 else "OperationalError"
    error: Exception = getattr(dbapi, _CLASS_NAMES.get(number, default))(number, message)
    if not hasattr(error, "errno"):  # what MySQL Connector's and MariaDB's dialects look for
        error.errno = number  # type: ignore[attr-defined]
    return error
