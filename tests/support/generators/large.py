"""A large table, and a history of two revisions: one that makes it, one that is measured."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa

from tests.support.crashes import write_history

ROWS = 1_000_000
_COLUMNS = """
    id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, number INT, name VARCHAR(60), price DECIMAL(10,2),
    code CHAR(10), note TEXT, at DATETIME"""
_NAMES = "number, name, price, code, note, at"
_AT_ONCE = 20_000


def fill(url: sa.URL, rows: int = 0) -> None:
    """Make the table ``large`` with that many rows, else STILLROOM_ROWS, else a million."""
    rows = rows or int(os.environ.get("STILLROOM_ROWS", ROWS))
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE TABLE large ({_COLUMNS}) CHARSET utf8mb4")
        for start in range(0, rows, _AT_ONCE):
            values = ", ".join(map(_row, range(start, min(start + _AT_ONCE, rows))))
            connection.exec_driver_sql(f"INSERT INTO large ({_NAMES}) VALUES {values}")
            connection.commit()
    engine.dispose()


def _row(n: int) -> str:
    return f"({n}, 'name {n}', {n / 7:.2f}, '{n % 1000}', 'note {n}', '2026-01-01 10:00:00')"


def history(folder: Path, *lines: str) -> Path:
    """A history of one revision, which has these lines."""
    return write_history(folder, "\n    ".join(lines), ids=("r1",))
