"""Which values do not fit when the type of a column changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from stillroom.catalog import Column, DataType, quoted_string
from stillroom.catalog.collations import loses_characters
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.types.kinds import is_blob, is_integer
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.python_code import name_sql

_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json", "enum", "set")
_BINARIES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_BLOB_BYTES = {"tiny": 1, "": 2, "medium": 3, "long": 4}
_MOMENTS = ("date", "datetime", "timestamp", "time")
_REALS = ("decimal", "double", "float")
# What a value must look like to become one of another family.
_FORMS = {
    "number": "^-?[0-9]+([.][0-9]+)?$",
    "moment": "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "year": "^[0-9]{4}$",
}


class Loss(NamedTuple):
    """Values in words, and as a condition of SQL; ``{}`` stands for the column."""

    words: str
    condition: str

    def rows(self, column: str) -> str:
        """The condition on a column of that name."""
        return self.condition.replace("{}", name_sql(column))


def losses(old: Column, new: Column) -> Iterator[tuple[str, str]]:
    """What a column loses when it becomes ``new``, and the condition on the rows, under ``old``."""
    for loss in (refused(old.type, new.type), rounded(old.type, new.type)):
        if loss is not None:
            yield loss.words, loss.rows(old.name)


def fitted_before(
    statement: RevisionStatement,
    old: Column,
    new: Column,
    judge: Callable[[DataType, DataType], Loss | None],
) -> bool:
    """Whether the values fit, because the same revision has widened the type before."""
    table = statement.at_start(statement.table)
    first = table.column(old.name) if table else None
    if (
        first is None
        or first.type == old.type
        or not statement.unwritten(statement.table, [old.name])
    ):
        return False
    return judge(first.type, new.type) is None


def refused(old: DataType, new: DataType) -> Loss | None:
    """The values that strict mode refuses and other modes cut; None if all fit."""
    if is_integer(old) and is_integer(new):
        return _integers(old, new)
    if old.name in _REALS and new.name in _REALS and new.unsigned and not old.unsigned:
        return Loss("negative numbers", "{} < 0")
    if old.name == new.name == "decimal":
        digits = (old.length or 10) - (old.scale or 0), (new.length or 10) - (new.scale or 0)
        words = f"numbers with more than {digits[1]} digits before the point"
        return Loss(words, f"ABS({{}}) >= 1e{digits[1]}") if digits[1] < digits[0] else None
    if new.name in ("enum", "set") and old.name in _TEXTS and old.name != new.name:
        members = ", ".join(map(quoted_string, new.values))
        return Loss("values that are not a member", f"{{}} NOT IN ({members})")
    if new.name == "json" != old.name and old.name in _TEXTS:
        return Loss("values that are not JSON", "NOT JSON_VALID({})")
    if old.name in _TEXTS and new.name in _TEXTS and "enum" not in (old.name, new.name):
        return _strings(old, new, "characters")
    if old.name in _BINARIES and new.name in _BINARIES:
        return _strings(old, new, "bytes")
    if (old.name, new.name) == ("datetime", "timestamp"):
        span = "'1970-01-02 00:00:00' AND '2038-01-18 00:00:00'"
        return Loss("times before 1970 or after 2038", f"{{}} NOT BETWEEN {span}")
    families = _family(old), _family(new)
    if families[0] != families[1] != "string":
        form = _FORMS.get(families[1])
        condition = f"{{}} NOT REGEXP '{form}'" if form else "{} IS NOT NULL"
        return Loss(f"values that are not {_article(new.name)}", condition)
    return None


def rounded(old: DataType, new: DataType) -> Loss | None:
    """What every mode cuts or rounds without an error; None if nothing is lost."""
    if old.name == new.name == "decimal" and (new.scale or 0) < (old.scale or 0):
        scale = new.scale or 0
        words = f"decimal places after the first {scale}" if scale else "decimal places"
        return Loss(words, f"{{}} <> ROUND({{}}, {scale})")
    if old.name in _MOMENTS and new.name in _MOMENTS:
        return _moments(old, new)
    if old.name in _REALS and is_integer(new):
        return Loss("decimal places", "{} <> ROUND({})")
    if (old.name, new.name) == ("double", "float"):
        return Loss("the precision of a DOUBLE", "{} <> CAST({} AS FLOAT)")
    return None


def _moments(old: DataType, new: DataType) -> Loss | None:
    if new.name == "date" and old.name in ("datetime", "timestamp"):
        return Loss("the time of day", "TIME({}) <> '00:00:00'")
    if old.name != new.name and "date" in (old.name, new.name):
        return None
    kept = new.length or 0
    if kept >= (old.length or 0):
        return None
    unit = 10 ** (6 - kept)
    words = f"digits of a second after the first {kept}" if kept else "fractions of a second"
    return Loss(words, f"MICROSECOND({{}}) % {unit} <> 0")


def _integers(old: DataType, new: DataType) -> Loss | None:
    bits = type_bytes(old) * 8, type_bytes(new) * 8
    highest = [
        2 ** (size - (not kind.unsigned)) - 1 for size, kind in zip(bits, (old, new), strict=True)
    ]
    if new.unsigned and not old.unsigned:
        return Loss("negative numbers", "{} < 0")
    if highest[1] >= highest[0]:
        return None
    lowest = 0 if new.unsigned or old.unsigned else -highest[1] - 1
    return Loss(f"numbers above {highest[1]}", f"{{}} NOT BETWEEN {lowest} AND {highest[1]}")


def _strings(old: DataType, new: DataType, unit: str) -> Loss | None:
    room = _room(old), _room(new)
    if room[1] >= room[0] and loses_characters(old.charset, new.charset):
        converted = f"CONVERT(CONVERT({{}} USING {new.charset}) USING {old.charset})"
        return Loss(f"characters that {new.charset} lacks", f"{{}} <> {converted}")
    if room[1] >= room[0]:
        return None
    unit = "bytes" if is_blob(new) else unit
    length = "CHAR_LENGTH" if unit == "characters" else "LENGTH"
    return Loss(f"values longer than {room[1]} {unit}", f"{length}({{}}) > {room[1]}")


def _room(kind: DataType) -> int:
    if kind.name == "json":
        return 2**32 - 1
    if is_blob(kind):
        prefix = kind.name.removesuffix("text").removesuffix("blob")
        return int(2 ** (8 * _BLOB_BYTES[prefix]) - 1)
    return kind.length or 1


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name.upper()}"


def _family(kind: DataType) -> str:
    if is_integer(kind) or kind.name in (*_REALS, "bit"):
        return "number"
    if kind.name in _TEXTS or kind.name in _BINARIES:
        return "string"  # every other type converts to one
    return kind.name if kind.name not in _MOMENTS else "moment"
