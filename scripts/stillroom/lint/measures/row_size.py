"""How many bytes the rows of a table need, and the limits of the server and of InnoDB's pages.

Measured on MariaDB 10.11 and 11.8 and MySQL 9.7, with pages of 16 KiB.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stillroom.catalog import Column, DataType, Table
from stillroom.catalog.collations import widest_character
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.types.kinds import is_blob

ROW_LIMIT = 65_535
PAGE_LIMIT = 8_125
COLUMN_LIMIT = 1_017  # of InnoDB, generated ones included
_POINTER = 12  # what the server itself counts for a value outside of the row
_BLOB = 2**31
_HEADER, _HIDDEN, _ROW_ID = 5, 13, 6


@dataclass(frozen=True)
class Size:
    """Bytes of the longest row by both counts, and the columns that take most of each."""

    row: int
    page: int
    widest: tuple[Column, ...]


def size_of(table: Table) -> Size | None:
    """The size of a table's rows; None where InnoDB's pages are not those of the formula."""
    row_format = (table.option("ROW_FORMAT") or "DYNAMIC").upper()
    if table.engine != "InnoDB" or row_format not in ("DYNAMIC", "DEFAULT"):
        return None
    stored = [column for column in table.columns if column.generated is None or column.stored]
    widest = sorted(stored, key=lambda column: _row_bytes(column.type), reverse=True)
    return Size(_row(stored), _page(stored, table), tuple(widest[:3]))


def _row(columns: Iterable[Column]) -> int:
    columns = list(columns)
    nullable = sum(column.nullable for column in columns)
    return (nullable + 8) // 8 + sum(_row_bytes(column.type) for column in columns)


def _row_bytes(kind: DataType) -> int:
    if is_blob(kind) or kind.name == "json":
        return _POINTER
    size = type_bytes(kind)
    varying = kind.name in ("varchar", "varbinary")
    return size + varying * (1 if size < 256 else 2)


def _page(columns: Iterable[Column], table: Table) -> int:
    columns = list(columns)
    nullable = sum(column.nullable for column in columns)
    outside = _HEADER + _HIDDEN + (0 if table.primary_key else _ROW_ID) + (nullable + 7) // 8
    return outside + sum(_page_bytes(column.type, table) for column in columns)


def _page_bytes(kind: DataType, table: Table) -> int:
    """What stays of a value in its page, where all that can goes elsewhere."""
    size = _BLOB if is_blob(kind) or kind.name == "json" else type_bytes(kind)
    wide = kind.charset is not None and widest_character(kind.charset) > 1
    varying = kind.name in ("varchar", "varbinary") or size == _BLOB
    if not varying and not (kind.name == "char" and wide):
        return size
    if table.target.mariadb:
        return 21 if size > 255 else size + 1
    return min(size, 40) + 1


def as_text(column: Column) -> Column:
    """The column as TEXT or BLOB, which lies outside of the row."""
    name = "text" if column.type.charset else "blob"
    return replace(
        column, type=replace(column.type, name=name, length=None, values=()), default=None
    )
