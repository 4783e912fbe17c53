"""The cost of a change of a column's type."""

from __future__ import annotations

from stillroom.catalog import Column, DataType, Target
from stillroom.catalog.keys.copied_rows import outgrows
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.types.kinds import is_integer
from stillroom.cost.model import Effect, Work


def type_effect(
    old: Column, new: Column, target: Target, row_format: str, *, indexed: bool
) -> Effect:
    """The effect of another type on the rows of a table, ``indexed`` if a key holds the column."""
    before, after = old.type, new.type
    work = _width(before, after, target, row_format)
    if work is not Work.COPY and before.collation != after.collation:
        work = max(work, _collation(before, after, target, indexed=indexed))
    return Effect(work, f"{new.name} changes from {shown(before)} to {shown(after)}")


def shown(kind: DataType) -> str:
    """A type as people write it."""
    size = ""
    if kind.values:
        size = "(" + ",".join(f"'{value}'" for value in kind.values) + ")"
    elif kind.length is not None and not is_integer(kind):
        size = f"({kind.length})" if kind.scale is None else f"({kind.length},{kind.scale})"
    sign = " UNSIGNED" if kind.unsigned else ""
    return f"{kind.name.upper()}{size}{sign}"


def _width(old: DataType, new: DataType, target: Target, row_format: str) -> Work:
    if (old.name, old.unsigned, old.zerofill, old.srid) != (
        new.name,
        new.unsigned,
        new.zerofill,
        new.srid,
    ):
        return Work.COPY
    if is_integer(old) or old.name == "year":
        return Work.METADATA  # the display width alone
    if old.name in ("enum", "set"):
        appended = new.values[: len(old.values)] == old.values
        return Work.METADATA if appended and type_bytes(old) == type_bytes(new) else Work.COPY
    if old.name in ("varchar", "varbinary"):
        return _varying(old, new, target, row_format)
    same = (old.length, old.scale) == (new.length, new.scale)
    return Work.METADATA if same else Work.COPY


def _varying(old: DataType, new: DataType, target: Target, row_format: str) -> Work:
    if outgrows(old, new, target, row_format):
        return Work.COPY
    longer = type_bytes(old) != type_bytes(new)
    return Work.INDEX if target.mysql and longer else Work.METADATA


def _collation(old: DataType, new: DataType, target: Target, *, indexed: bool) -> Work:
    widened = (old.charset, new.charset) == ("utf8mb3", "utf8mb4")
    if old.values:
        return Work.METADATA if target.mysql else Work.COPY
    if old.charset != new.charset and not widened:
        return Work.COPY
    if target.mysql:
        return Work.COPY if indexed else Work.INDEX
    same_order = widened and _order(old) == _order(new)
    return Work.INDEX if indexed and not same_order else Work.METADATA


def _order(kind: DataType) -> str:
    """How a collation sorts: its name without the character set."""
    return (kind.collation or "").partition("_")[2]
