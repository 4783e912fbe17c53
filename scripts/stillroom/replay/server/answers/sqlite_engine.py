"""Evaluates one query in a small SQLite database in memory, and tells what the query read."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

_MOMENT = "\x00moment "
_ALLOWED = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
    }
)


@dataclass(frozen=True)
class Column:
    """``text`` columns compare as MySQL's strings do, ``exact`` ones byte by byte."""

    name: str
    text: bool = False
    exact: bool = False

    @classmethod
    def like(cls, name: str, values: Iterable[Any]) -> Column:
        """A column for these values."""
        return cls(name, text=not any(isinstance(value, int) for value in values))


@dataclass
class Reads:
    """What the last statement looked at: tables, columns of tables, and doubtful comparisons."""

    tables: set[tuple[str, str]] = field(default_factory=set)
    columns: set[tuple[str, str, str]] = field(default_factory=set)
    doubtful: bool = False

    def includes(self, schema: str, table: str) -> bool:
        """Whether a table was read."""
        return (schema, table) in self.tables or ("", table) in self.tables


class SQLiteEngine:
    """``facts`` are functions without arguments, by name, such as DATABASE."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.reads = Reads()
        self.ordering = False
        self._attached = {"main"}
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.create_collation("TEXTS", self._compare)
        self._add_functions(facts)

    def add(
        self,
        schema: str,
        table: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]] = (),
    ) -> None:
        """A table with rows. ``schema`` is ``main`` for names without a schema."""
        if schema not in self._attached:
            self._connection.execute(f"ATTACH ':memory:' AS {_name(schema)}")
            self._attached.add(schema)
        defined = ", ".join(_definition(column) for column in columns)
        full = f"{_name(schema)}.{_name(table)}"
        self._connection.execute(f"CREATE TABLE {full} ({defined})")
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {full} VALUES ({marks})", rows)  # noqa: S608

    def run(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]], int]:
        """Column names, rows, and how many rows were changed. sqlite3.Error if it cannot."""
        self.reads = Reads()
        self._connection.set_authorizer(self._authorize)
        try:
            cursor = self._connection.execute(sql)
            rows = [tuple(_value(cell) for cell in row) for row in cursor]
        finally:
            self._connection.set_authorizer(None)
        names = tuple(column[0] for column in cursor.description or ())
        return names, rows, cursor.rowcount

    def rows(self, schema: str, table: str) -> list[tuple[Any, ...]]:
        """All rows of a table, in the order in which they were added."""
        full = f"{_name(schema)}.{_name(table)}"
        return list(self._connection.execute(f"SELECT * FROM {full} ORDER BY rowid"))  # noqa: S608

    def close(self) -> None:
        """Drop the database."""
        self._connection.close()

    def _authorize(
        self, action: int, first: str | None, second: str | None, schema: str | None, _: str | None
    ) -> int:
        if action == sqlite3.SQLITE_READ and first:
            # Without a column, as for COUNT(*), no schema is told either.
            self.reads.tables.add((schema or "", first))
            if second and schema:
                self.reads.columns.add((schema, first, second.lower()))
        return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY

    def _compare(self, left: str, right: str) -> int:
        """Case does not matter; what a collation decides about other characters is doubtful."""
        if left == right:
            return 0
        if not (left.isascii() and right.isascii()):
            self.reads.doubtful = True
        if self.ordering and not (left.isalnum() and right.isalnum()):
            self.reads.doubtful = True
        first, second = left.rstrip(" ").upper(), right.rstrip(" ").upper()
        return (first > second) - (first < second)

    def _add_functions(self, facts: dict[str, Any]) -> None:
        functions: dict[str, tuple[int, Callable[..., Any]]] = {
            "CONCAT": (-1, _concat),
            "NOW": (-1, lambda *_: _moment(datetime.now(UTC))),
            "SYSDATE": (-1, lambda *_: _moment(datetime.now(UTC))),
            "UTC_TIMESTAMP": (-1, lambda *_: _moment(datetime.now(UTC))),
            "UTC_DATE": (0, lambda: _moment(datetime.now(UTC).date())),
            "CURDATE": (0, lambda: _moment(datetime.now(UTC).date())),
            "UNIX_TIMESTAMP": (0, lambda: int(datetime.now(UTC).timestamp())),
            "UUID": (0, lambda: str(uuid.uuid4())),
            "SLEEP": (1, lambda _: 0),
            # Locks: nobody else is there.
            "GET_LOCK": (2, lambda *_: 1),
            "RELEASE_LOCK": (1, lambda _: 1),
            "RELEASE_ALL_LOCKS": (0, lambda: 1),
            "IS_FREE_LOCK": (1, lambda _: 1),
            "IS_USED_LOCK": (1, lambda _: None),
            "mysql_replace": (3, _replace),
        }
        for name, (count, function) in functions.items():
            self._connection.create_function(name, count, function)
        for name, value in facts.items():
            self._connection.create_function(name, 0, lambda value=value: value)


def _definition(column: Column) -> str:
    if not column.text:
        return _name(column.name)
    return f"{_name(column.name)} TEXT COLLATE {'BINARY' if column.exact else 'TEXTS'}"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _concat(*values: Any) -> str | None:
    return None if None in values else "".join(str(value) for value in values)


def _replace(text: Any, old: Any, new: Any) -> str | None:
    return None if None in (text, old, new) else str(text).replace(str(old), str(new))


def _moment(value: datetime | date) -> str:
    return _MOMENT + value.replace(**_WHOLE if isinstance(value, datetime) else {}).isoformat()


_WHOLE: dict[str, Any] = {"microsecond": 0, "tzinfo": None}


def _value(cell: Any) -> Any:
    """SQLite has no moments: they travel as marked text."""
    if isinstance(cell, str) and cell.startswith(_MOMENT):
        text = cell.removeprefix(_MOMENT)
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    return cell
