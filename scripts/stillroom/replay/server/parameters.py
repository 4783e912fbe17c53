"""Writes parameters into SQL text, as the MySQL drivers without server-side binding do."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from stillroom.replay.server.unknown_value import EXPRESSION, UnknownValue

Parameters: TypeAlias = "Sequence[Any] | Mapping[str, Any] | None"

_ESCAPED = str.maketrans(
    {"\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z", '"': '\\"', "'": "\\'", "\\": "\\\\"}
)
_QUOTED_OR_MARK = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`[^`]*`|\?", re.DOTALL
)


class LonePercent(ValueError):
    """A text that a driver formats has a % that is none of a marker."""


def bind(
    sql: str, parameters: Parameters, paramstyle: str = "format", *, formats: bool = False
) -> str:
    """``sql`` with its markers replaced by literals.

    TypeError or ValueError where markers and parameters do not fit, as from the drivers.
    ``formats``: the driver formats the text even if the parameters are none, but not ``None``.
    """
    if paramstyle == "qmark":
        return _bind_marks(sql, list(parameters or ()))
    if isinstance(parameters, Mapping):
        return sql % {name: literal(value) for name, value in parameters.items()}
    if parameters:
        return sql % tuple(literal(value) for value in parameters)
    if "%" not in sql:
        return sql
    try:
        return sql % ()
    except (TypeError, ValueError) as error:
        if formats and parameters is not None:
            raise LonePercent(str(error)) from error
        return sql  # a lone % in a driver-level statement: some drivers send it as it is


def _bind_marks(sql: str, values: list[Any]) -> str:
    left = iter(values)

    def replaced(match: re.Match[str]) -> str:
        return literal(next(left)) if match.group() == "?" else match.group()

    try:
        return _QUOTED_OR_MARK.sub(replaced, sql)
    except StopIteration:
        raise TypeError("not enough parameters for the statement") from None


def literal(value: Any) -> str:
    """``value`` as SQL; TypeError for what no driver can send."""
    if value is None:
        return "NULL"
    if isinstance(value, UnknownValue):
        return EXPRESSION
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return "'" + value.translate(_ESCAPED) + "'"
    if isinstance(value, (int, decimal.Decimal)):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"x'{bytes(value).hex()}'"
    return _structured(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise TypeError(f"{value} can not be used with MySQL")
    text = repr(value)
    return text if "e" in text else text + "e0"


def _structured(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return f"'{value.replace(tzinfo=None).isoformat(' ')}'"
    if isinstance(value, (datetime.date, datetime.time)):
        return f"'{value.isoformat()}'"
    if isinstance(value, datetime.timedelta):
        return f"'{_timedelta(value)}'"
    if isinstance(value, uuid.UUID):
        return f"'{value}'"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "(" + ",".join(literal(item) for item in value) + ")"
    raise TypeError(f"{type(value).__name__} can not be used as a parameter")


def _timedelta(value: datetime.timedelta) -> str:
    seconds = value.days * 86400 + value.seconds
    fraction = f".{value.microseconds:06}" if value.microseconds else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"
