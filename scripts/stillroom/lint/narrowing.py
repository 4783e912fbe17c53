"""Which values a change of type leaves no room for."""

from __future__ import annotations

from stillroom.catalog import DataType
from stillroom.catalog.keys import type_bytes
from stillroom.catalog.types import is_blob, is_integer

_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum", "set")
_BINARIES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_BLOB_BYTES = {"tiny": 1, "": 2, "medium": 3, "long": 4}
_MOMENTS = ("date", "datetime", "timestamp", "time")


def refused(old: DataType, new: DataType) -> str:
    """Which values strict mode refuses and other modes cut, as words; nothing if all fit."""
    if is_integer(old) and is_integer(new):
        return _integers(old, new)
    if old.name == new.name == "decimal":
        digits = (old.length or 10) - (old.scale or 0), (new.length or 10) - (new.scale or 0)
        return f"numbers of more than {digits[1]} digits" if digits[1] < digits[0] else ""
    if old.name in _TEXTS and new.name in _TEXTS and "enum" not in (old.name, new.name):
        return _strings(old, new, "characters")
    if old.name in _BINARIES and new.name in _BINARIES:
        return _strings(old, new, "bytes")
    if (old.name, new.name) == ("datetime", "timestamp"):
        return "moments before 1970 or after 2038"
    if _family(old) != _family(new) != "string":
        return f"values that are no {new.name.upper()}"
    return ""


def rounded(old: DataType, new: DataType) -> str:
    """What every mode cuts or rounds without an error, as words; nothing if nothing."""
    if old.name == new.name == "decimal" and (new.scale or 0) < (old.scale or 0):
        return f"digits behind the decimal point but the first {new.scale or 0}"
    if old.name in _MOMENTS and new.name in _MOMENTS:
        if new.name == "date" and old.name in ("datetime", "timestamp"):
            return "the time of day"
        if old.name == new.name or "date" not in (old.name, new.name):
            fsp = old.length or 0, new.length or 0
            return f"fractions of a second behind {fsp[1]} digits" if fsp[1] < fsp[0] else ""
    if old.name in ("double", "float", "decimal") and (is_integer(new) or _single(old, new)):
        return "digits behind the decimal point" if is_integer(new) else "digits of a DOUBLE"
    return ""


def _single(old: DataType, new: DataType) -> bool:
    return (old.name, new.name) == ("double", "float")


def _integers(old: DataType, new: DataType) -> str:
    bits = type_bytes(old) * 8, type_bytes(new) * 8
    highest = [
        2 ** (size - (not kind.unsigned)) - 1 for size, kind in zip(bits, (old, new), strict=True)
    ]
    if new.unsigned and not old.unsigned:
        return "negative numbers"
    return f"numbers above {highest[1]}" if highest[1] < highest[0] else ""


def _strings(old: DataType, new: DataType, unit: str) -> str:
    room = _room(old), _room(new)
    if old.charset != new.charset and room[1] >= room[0] and _loses(old, new):
        return f"characters that {new.charset} lacks"
    return f"values longer than {room[1]} {unit}" if room[1] < room[0] else ""


def _room(kind: DataType) -> int:
    if kind.name == "json":
        return 2**32 - 1
    if is_blob(kind):
        prefix = kind.name.removesuffix("text").removesuffix("blob")
        return int(2 ** (8 * _BLOB_BYTES[prefix]) - 1)
    return kind.length or 1


def _loses(old: DataType, new: DataType) -> bool:
    wide = ("utf8mb4", "utf16", "utf16le", "utf32", "gb18030")
    if new.charset in wide or old.charset == "ascii":
        return False
    return not (new.charset == "utf8mb3" and old.charset not in wide)


def _family(kind: DataType) -> str:
    if is_integer(kind) or kind.name in ("decimal", "double", "float", "bit"):
        return "number"
    if kind.name in _TEXTS or kind.name in _BINARIES:
        return "string"  # every other type converts to one
    return kind.name if kind.name not in _MOMENTS else "moment"
