"""Encodes rows and parameters for the journal, and decodes them without loss.

JSON and not pickle: who may write to the journal must not be able to run code here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


class Unrecordable(TypeError):
    """A value of a type that the journal cannot give back."""


_ENCODE: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    bytearray: ("bytes", lambda value: base64.b64encode(value).decode()),
    memoryview: ("bytes", lambda value: base64.b64encode(value).decode()),
    Decimal: ("decimal", str),
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    set: ("set", sorted),
    frozenset: ("set", sorted),
}
_DECODE: dict[str, Callable[[Any], Any]] = {
    "bytes": base64.b64decode,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda parts: timedelta(*parts),
    "set": set,
}


def pack(value: object) -> bytes:
    """JSON with typed values, compressed. Raises Unrecordable."""
    return zlib.compress(json.dumps(value, default=_tagged, ensure_ascii=False).encode(), 1)


def unpack(packed: bytes) -> Any:
    """What ``pack`` was given; tuples have become lists. A script packs without compressing."""
    text = packed if packed[:1] in (b"[", b"{") else zlib.decompress(packed)
    return json.loads(text, object_hook=_untagged)


def digest(parameters: object) -> str:
    """A short name for the parameters of a statement; equal for equal ones."""
    text = json.dumps(parameters, default=_named, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _tagged(value: object) -> object:
    known = _ENCODE.get(type(value))
    if known is None:
        raise Unrecordable(f"a value of type {type(value).__name__}")
    return {"$" + known[0]: known[1](value)}


def _untagged(tagged: dict[str, Any]) -> object:
    if len(tagged) == 1:
        tag, value = next(iter(tagged.items()))
        if tag.startswith("$") and tag[1:] in _DECODE:
            return _DECODE[tag[1:]](value)
    return tagged


def _named(value: object) -> object:
    try:
        return _tagged(value)
    except (Unrecordable, TypeError):
        return str(value)
