"""Names the servers that Stillroom does not work with."""

from __future__ import annotations

_NAMES = {
    "cockroachdb": "CockroachDB",
    "mssql": "SQL Server",
    "oracle": "Oracle",
    "postgresql": "PostgreSQL",
}
_DRIVERS = {
    "asyncpg": "postgresql",
    "cx_Oracle": "oracle",
    "oracledb": "oracle",
    "pg8000": "postgresql",
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "pymssql": "mssql",
    "pyodbc": "mssql",
}
NAME_TARGET = "If the revisions are for MySQL or MariaDB, say so in [stillroom]: target = mysql 9.7"


def unsupported(kind: str) -> str:
    """What to say of a server of another kind; ``kind`` is SQLAlchemy's name of its dialect."""
    return f"Stillroom works with MySQL and MariaDB, not with {_NAMES.get(kind, kind)}"


def kind_of_driver(module: str | None) -> str:
    """The dialect that a driver's module is for; empty for any other module."""
    return _DRIVERS.get((module or "").partition(".")[0], "")
