"""What a statement gives back."""

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
        return cls(columns, tuple(rows), len(rows))
