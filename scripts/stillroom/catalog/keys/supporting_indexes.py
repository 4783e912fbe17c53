"""Find the indexes that a foreign key can use, and the types that it can join."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog.model import Column, DataType, Index
from stillroom.catalog.record import replace
from stillroom.catalog.table import Table
from stillroom.catalog.types.kinds import integer_bytes, is_blob, is_integer, is_string

_BYTE_TYPES = """
    binary varbinary decimal time datetime timestamp bit uuid inet4 inet6
"""
_BYTES = frozenset(_BYTE_TYPES.split())


def same_names(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether these are the same names in the same order, in whatever case."""
    return [name.lower() for name in one] == [name.lower() for name in other]


def supporting_indexes(table: Table, columns: Sequence[str]) -> list[Index]:
    """The indexes that begin with these columns, whole."""
    count = len(columns)
    return [
        index
        for index in table.indexes
        if index.kind not in ("FULLTEXT", "SPATIAL", "VECTOR")
        and not index.hashed
        and same_names(index.columns[:count], columns)
        and not any(part.length for part in index.parts[:count])
    ]


def stays(index: Index, table: Table) -> bool:
    """Whether a table still has an index, if under another name."""
    return any(
        index == replace(other, name=index.name) and index.generated == other.generated
        for other in table.indexes
    )


def unique_parent_key(parent: Table, columns: Sequence[str], *, itself: bool) -> bool:
    """Whether there is a unique key of just these columns.

    Where columns refer to themselves, it has to be another one than supports the child.
    """
    own = supporting_index(parent, columns) if itself else None
    return any(
        index.unique
        and same_names(index.columns, columns)
        and index is not own
        and not any(part.length for part in index.parts)
        for index in parent.indexes
    )


def supporting_index(table: Table, columns: Sequence[str]) -> Index | None:
    """The first index that begins with these columns, whole."""
    return next(iter(supporting_indexes(table, columns)), None)


def compatible(one: DataType, other: DataType) -> bool:
    """Whether InnoDB lets a column of one type refer to one of the other."""
    return _storage(one) == _storage(other)


def _storage(kind: DataType) -> tuple[object, ...]:
    """How InnoDB keeps a type, as far as foreign keys look at it."""
    if is_integer(kind):
        return ("integer", integer_bytes(kind.name), kind.unsigned)
    if kind.name == "enum":
        return ("integer", 1 if len(kind.values) < 256 else 2, True)
    if kind.name == "set":
        size = (len(kind.values) + 7) // 8
        return ("integer", size if size <= 4 else 8, True)
    if kind.name in ("year", "date"):
        return ("integer", 1, True) if kind.name == "year" else ("integer", 3, False)
    if is_string(kind):
        return ("text", kind.collation)
    if kind.name in _BYTES or is_blob(kind):
        return ("bytes",)
    return (kind.name,)


def same_storage(one: Column, other: Column) -> bool:
    """Whether a column can become the other one without its values being converted."""
    first, second = (_without_display(column.type) for column in (one, other))
    return first == second


def _without_display(kind: DataType) -> DataType:
    """Without how wide a number is displayed, and whether zeros fill that."""
    length = None if is_integer(kind) else kind.length
    return replace(kind, length=length, zerofill=False)
