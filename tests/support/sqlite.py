"""SQLite databases of the tests: made from models, and read as what can be compared."""

from __future__ import annotations

import re
import runpy
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.support.projects import ROOT

# How MySQL's types compile on SQLite. Not imported: `app` is another in each project of the tests.
runpy.run_path(str(ROOT / "app" / "database" / "sqlite_types.py"))

# What a model says to a server alone: SQLite could not even create its table.
_OF_SERVERS = re.compile(r' ON UPDATE CURRENT_TIMESTAMP| COLLATE "?utf8mb4_\w+"?')
_CLAUSE = re.compile(r"(?:CHECK|UNIQUE|FOREIGN KEY|AS) \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")


def statements(metadata: sa.MetaData) -> list[str]:
    """What ``create_all()`` sends to SQLite, but for what SQLite does not know."""
    found: list[str] = []

    def note(statement: Any, *_: Any, **__: Any) -> None:
        text = str(statement.compile(dialect=sa.make_url("sqlite://").get_dialect()()))
        found.append(_OF_SERVERS.sub("", text))

    metadata.create_all(sa.create_mock_engine("sqlite://", note), checkfirst=False)
    return found


def created(metadata: sa.MetaData) -> dict[str, Any]:
    """What ``create_all()`` makes."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements(metadata):
            connection.execute(statement)
        return _tables(connection)


def tables(path: Path) -> dict[str, Any]:
    """The tables of a database, each as something to compare: columns and keys in any order."""
    with closing(sqlite3.connect(path)) as connection:
        return _tables(connection)


def _tables(connection: sqlite3.Connection) -> dict[str, Any]:
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        " AND name NOT IN ('sqlite_sequence', 'alembic_version')"
    )
    return {name: _table(connection, name, sql) for name, sql in found.fetchall()}


def _table(connection: sqlite3.Connection, table: str, sql: str) -> dict[str, Any]:
    def rows(pragma: str, name: str) -> list[tuple[Any, ...]]:
        return connection.execute(f"SELECT * FROM pragma_{pragma}(?)", (name,)).fetchall()

    # A server prints expressions with quotes and brackets of its own.
    clauses = [re.sub(r'[\s`"()]', "", clause) for clause in _CLAUSE.findall(sql)]
    indexes = [
        (name if origin == "c" else "", unique, [one[2] for one in rows("index_info", name)])
        for _, name, unique, origin, _ in rows("index_list", table)
    ]
    return {
        "columns": sorted(row[1:] for row in rows("table_xinfo", table)),
        "foreign keys": sorted(row[2:] for row in rows("foreign_key_list", table)),
        "indexes": sorted(indexes),
        "clauses": sorted(clauses),
    }
