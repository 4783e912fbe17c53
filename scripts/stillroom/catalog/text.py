"""Names, strings and types the way the servers write them out."""

from __future__ import annotations

from stillroom.catalog.model import DataType

_INTEGERS = frozenset(["tinyint", "smallint", "mediumint", "int", "bigint"])
_ESCAPES = str.maketrans({"\\": "\\\\", "\0": "\\0", "'": "''", "\n": "\\n", "\r": "\\r"})


def name_text(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def string_text(value: str) -> str:
    """A string literal as SHOW CREATE TABLE escapes it."""
    return "'" + value.translate(_ESCAPES) + "'"


def type_text(kind: DataType) -> str:
    """A type without its charset, e.g. ``int(10) unsigned`` or ``enum('a','b')``."""
    text = kind.name
    if kind.values:
        text += "(" + ",".join(string_text(value) for value in kind.values) + ")"
    elif kind.length is not None and kind.scale is not None:
        text += f"({kind.length},{kind.scale})"
    elif kind.length is not None:
        text += f"({kind.length})"
    if kind.unsigned:
        text += " unsigned"
    if kind.zerofill:
        text += " zerofill"
    return text


def is_integer(kind: DataType) -> bool:
    return kind.name in _INTEGERS
