"""Finds the data that a revision loses, and writes the line with which a person allows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stillroom.catalog import Catalog, DataType
from stillroom.catalog.collations import loses_characters
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.comparison import type_words
from stillroom.drift.difference import Difference

TABLE, COLUMN, NARROWER, MEMBER = "MY101", "MY102", "MY103", "MY104"
_RUNNING = " MY402"  # running code may use the column
PLACEHOLDER = "<reason>"

_INTEGERS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8}
_TEXTS = {
    f"{size}{kind}": room
    for kind in ("text", "blob")
    for size, room in (("tiny", 255), ("", 65_535), ("medium", 2**24 - 1), ("long", 2**32 - 1))
}
_DIGITS = {"tinyint": 3, "smallint": 5, "mediumint": 8, "int": 10, "bigint": 20}
# Characters of the longest value.
_WIDTHS = {
    "uuid": 36,
    "inet4": 15,
    "inet6": 45,
    "year": 4,
    "date": 10,
    "time": 10,
    "datetime": 19,
    "timestamp": 19,
}
_MOMENTS = ("datetime", "timestamp", "time")


@dataclass(frozen=True)
class Loss:
    """``what`` is a sentence on the loss; ``downgrade`` names what a downgrade cannot restore.

    ``column`` is empty where the whole table goes; ``schema`` is that of a `Difference`; ``reason``
    is why the loss is meant, where that is known.
    """

    code: str
    what: str
    downgrade: str
    schema: str
    table: str
    column: str = ""
    also: str = ""
    reason: str = PLACEHOLDER

    @property
    def lines(self) -> list[str]:
        """The comments on it in the revision: what is lost, and the allowance to be completed."""
        return [self.what, f"stillroom: allow {self.code}{self.also} {self.reason}"]


def losses(before: Catalog, after: Catalog, differences: Sequence[Difference]) -> list[Loss]:
    """The data that the ``differences`` between two catalogs lose."""
    return list(dict.fromkeys(_losses(before, after, differences)))


def _losses(before: Catalog, after: Catalog, differences: Sequence[Difference]) -> Iterator[Loss]:
    for difference in differences:
        table = difference.qualified_table
        if difference.kind == "table" and not difference.models:
            what = f"table {table} is dropped with its rows."
            yield Loss(TABLE, what, f"the rows of {table}", difference.schema, difference.table)
        elif difference.kind == "column" and not difference.aspect and not difference.models:
            name = f"{table}.{difference.name}"
            own = (difference.schema, difference.table, difference.name)
            what = f"{name} is dropped with its values."
            yield Loss(COLUMN, what, f"the values of {name}", *own, also=_RUNNING)
        elif (
            difference.aspect == "expression"
            and _is_calculated(after, difference)
            and not _is_calculated(before, difference)
        ):
            name = f"{table}.{difference.name}"
            own = (difference.schema, difference.table, difference.name)
            what = f"{name} is calculated from now on, and its own values go."
            yield Loss(COLUMN, what, f"the values of {name}", *own)
        elif difference.aspect in ("type", "collation"):
            place = (difference.schema or DEFAULT_SCHEMA, difference.table)
            old, new = before.find(*place), after.find(*place)
            for ours in old.columns if old else ():
                theirs = new.column(ours.name) if new else None
                # Columns without a collation of their own follow their table's.
                if theirs and difference.name.lower() in ("", ours.name.lower()):
                    own = (difference.schema, difference.table, ours.name)
                    name = f"{table}.{ours.name}"
                    for loss in _narrowing(name, ours.type, theirs.type):
                        yield Loss(*loss, *own)


def _is_calculated(catalog: Catalog, difference: Difference) -> bool:
    table = catalog.find(difference.schema or DEFAULT_SCHEMA, difference.table)
    column = table.column(difference.name) if table else None
    return column is not None and column.generated is not None


def _narrowing(name: str, old: DataType, new: DataType) -> Iterator[tuple[str, str, str]]:
    """The code of each loss, the sentence on it, and what a downgrade cannot restore."""
    if old.name in ("enum", "set") and new.name == old.name:
        if gone := [value for value in old.values if value not in new.values]:
            members = ", ".join(map(repr, gone))
            yield MEMBER, f"{name} loses the member {members}.", f"{members} in {name}"
        return
    if loses_characters(old.charset, new.charset):
        yield (
            NARROWER,
            f"{name} loses the characters that {new.charset} lacks.",
            f"characters of {name} that {new.charset} lacks",
        )
    if not _holds(new, old):
        yield (
            NARROWER,
            f"{name} is narrowed from {type_words(old)} to {type_words(new)}.",
            f"what of {name} does not fit into {type_words(new)}",
        )


def _holds(new: DataType, old: DataType) -> bool:
    """Whether every value of ``old`` fits into ``new``; False where that is not known."""
    if new.name in _INTEGERS and old.name in _INTEGERS:
        if new.unsigned == old.unsigned:
            return _INTEGERS[new.name] >= _INTEGERS[old.name]
        return old.unsigned and _INTEGERS[new.name] > _INTEGERS[old.name]
    if (room := _room(new)) and (used := _room(old) or _written(old)):
        return room[0] == used[0] and room[1] >= used[1]
    if new.name == "decimal" and old.name in _INTEGERS:
        whole = (new.length or 10) - (new.scale or 0)
        return whole >= _DIGITS[old.name] and (old.unsigned or not new.unsigned)
    if {new.name, old.name} <= {"decimal"}:
        left = (new.length or 10) - (new.scale or 0) >= (old.length or 10) - (old.scale or 0)
        signed = old.unsigned or not new.unsigned
        return left and signed and (new.scale or 0) >= (old.scale or 0)
    if new.name == old.name and old.name in _MOMENTS:
        return (new.length or 0) >= (old.length or 0)
    if (old.name, new.name) == ("timestamp", "datetime"):
        return (new.length or 0) >= (old.length or 0)
    if (old.name, new.name) in (("float", "double"), ("date", "datetime")):
        return True
    same = new.name == old.name and (new.length or 0) >= (old.length or 0)
    return same and (old.unsigned or not new.unsigned)


def _written(type_: DataType) -> tuple[str, int] | None:
    """The longest text that a value of another type is written as; None where that is not known."""
    if type_.name in ("enum", "set"):
        lengths = [len(value) for value in type_.values]
        together = sum(lengths) + len(lengths) - 1
        return "text", max(lengths, default=0) if type_.name == "enum" else together
    if type_.name in _INTEGERS:
        return "text", _DIGITS[type_.name] + (not type_.unsigned)
    if type_.name == "decimal":
        return "text", (type_.length or 10) + 2  # a sign and a point
    if type_.name in _MOMENTS and type_.length:
        return "text", _WIDTHS[type_.name] + 1 + type_.length
    return ("text", _WIDTHS[type_.name]) if type_.name in _WIDTHS else None


def _room(type_: DataType) -> tuple[str, int] | None:
    """Whether it holds text or bytes, and how much; None for other types."""
    if type_.name in ("char", "varchar"):
        return "text", type_.length or 1
    if type_.name in ("binary", "varbinary"):
        return "bytes", type_.length or 1
    if type_.name in _TEXTS:
        return ("text" if type_.name.endswith("text") else "bytes"), _TEXTS[type_.name]
    return None
