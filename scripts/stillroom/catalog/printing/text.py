"""Names, strings and types the way the servers write them out."""

from __future__ import annotations

import re

from stillroom.catalog.model import DataType

_INTEGERS = frozenset(["tinyint", "smallint", "mediumint", "int", "bigint"])
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.|'')*' | `(?:[^`]|``)*` | "((?:[^"]|"")*)\"""", re.S | re.X)
_ESCAPES = str.maketrans({"\\": "\\\\", "\0": "\\0", "'": "''", "\n": "\\n", "\r": "\\r"})


def name_text(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def with_backticks(definition: str) -> str:
    """The definition of a table or view as a session without ANSI_QUOTES gets it."""
    if '"' not in definition:
        return definition
    return _QUOTED.sub(
        lambda found: found[0] if found[1] is None else name_text(found[1].replace('""', '"')),
        definition,
    )


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
