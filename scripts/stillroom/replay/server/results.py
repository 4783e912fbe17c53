"""Holds what a statement gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """Column names (None: it was no query) and rows; ``rowcount`` is -1 where it is not known."""

    columns: tuple[str, ...] | None = None
    rows: tuple[tuple[Any, ...], ...] = ()
    rowcount: int = 0
    lastrowid: int | None = None

    @classmethod
    def of(cls, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Result:
        """The result of a query."""
        return cls(columns, tuple(rows), len(rows))


@dataclass
class Call:
    """One call of a driver's cursor: what it was given, and how it ended.

    ``parameters`` of an executemany() are a list of those of its runs. One of ``result`` and
    ``error`` is None, or both where the replay had to stop.
    """

    text: str
    parameters: Any
    result: Result | None = None
    error: Exception | None = None
