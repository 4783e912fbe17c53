"""Print a data type as the servers do."""

from __future__ import annotations

from stillroom.catalog.model import DataType
from stillroom.catalog.quoting import quoted_string


def type_text(kind: DataType) -> str:
    """A type without its charset, e.g. ``int(10) unsigned`` or ``enum('a','b')``."""
    text = kind.name
    if kind.values:
        text += "(" + ",".join(quoted_string(value) for value in kind.values) + ")"
    elif kind.length is not None and kind.scale is not None:
        text += f"({kind.length},{kind.scale})"
    elif kind.length is not None:
        text += f"({kind.length})"
    if kind.unsigned:
        text += " unsigned"
    if kind.zerofill:
        text += " zerofill"
    return text
