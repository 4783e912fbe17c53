"""The order in which a server keeps the keys of a table, and which of them is clustered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillroom.catalog.model import Column, Index, KeyPart
from stillroom.catalog.record import record
from stillroom.catalog.session import Session
from stillroom.catalog.table import Table
from stillroom.catalog.target import Target

_RANKS = {"FULLTEXT": 1, "VECTOR": 2}  # behind the keys that are not unique


@record
class KeyScope:
    """What keys depend on besides their columns."""

    target: Target
    session: Session
    statement: str
    engine: str
    row_format: str
    settled: bool = False  # an ALTER of MariaDB that adds no key leaves the others in their order
    contradicted: frozenset[str] = frozenset()  # columns said to be NULL, in lower case
    tightened: frozenset[str] = frozenset()  # columns that a primary key has just made NOT NULL

    @property
    def narrow(self) -> bool:
        """Whether the row format allows no column of more than 767 bytes in a key."""
        return self.row_format in ("COMPACT", "REDUNDANT") and self.engine == "InnoDB"

    @property
    def longest_part(self) -> int:
        """Bytes of one column in a key."""
        return 1000 if self.engine == "MyISAM" else 3072


def in_order(
    indexes: Sequence[Index], columns: Mapping[str, Column], scope: KeyScope
) -> tuple[Index, ...]:
    """The keys as the server sorts them.

    It meets them one by one. Those before the primary key still see its columns as they were:
    MySQL sorts anew in the next ALTER, MariaDB when another key is added.
    """
    if scope.settled:
        return tuple(indexes)
    return tuple(sorted(indexes, key=_Ranking(indexes, columns, scope).rank))


class _Ranking:
    """Where the server puts a key; equal ranks keep their order."""

    def __init__(
        self, indexes: Sequence[Index], columns: Mapping[str, Column], scope: KeyScope
    ) -> None:
        self.columns = columns
        self.target = scope.target
        primary = next((n for n, index in enumerate(indexes) if index.kind == "PRIMARY"), 0)
        self.early = {index.name for index in indexes[:primary]}
        self.tightened = scope.tightened

    def rank(self, index: Index) -> tuple[int, ...]:
        mysql = self.target.mysql
        virtual = mysql and any(map(self._is_virtual, index.parts))
        if not index.unique:
            return (2, _RANKS.get(index.kind, 0), int(virtual))
        # A hashed key has a hidden column, which may be NULL.
        nullable = index.hashed or any(self._is_nullable(part, index) for part in index.parts)
        prefixed = 2 if index.hashed else any(part.length for part in index.parts)
        secondary = index.kind != "PRIMARY"
        if mysql:
            return (int(secondary), int(nullable), int(prefixed), int(virtual))
        return (0, int(nullable), int(secondary), int(prefixed))

    def _is_virtual(self, part: KeyPart) -> bool:
        if part.expression is not None:
            return True
        column = self._column(part)
        return column.generated is not None and not column.stored

    def _is_nullable(self, part: KeyPart, index: Index) -> bool:
        if part.expression is not None:
            return part.nullable
        column = self._column(part)
        early = index.name in self.early and column.name.lower() in self.tightened
        return column.nullable or early

    def _column(self, part: KeyPart) -> Column:
        return self.columns[part.column.lower()]


def clustered(table: Table) -> Index | None:
    """The key that InnoDB keeps rows by: the primary one, else the first unique without NULL."""
    for index in table.indexes:
        if index.unique and not index.hashed and not any(part.length for part in index.parts):
            columns = [table.column(name) for name in index.columns]
            if not any(column is None or column.nullable for column in columns):
                return index
    return None
