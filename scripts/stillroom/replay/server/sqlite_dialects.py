"""SQLAlchemy's own SQLite dialect over connections to a database in memory."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, QueuePool


class Dialect(SQLiteDialect_pysqlite):
    stands_in = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return QueuePool

    @classmethod
    def import_dbapi(cls) -> Any:
        return sqlite3

    def create_connect_args(self, url: URL) -> Any:
        return (), {}


class AsyncDialect(Dialect):
    driver = "aiosqlite"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    @classmethod
    def import_dbapi(cls) -> Any:
        return sqlite3

    def get_driver_connection(self, connection: Any) -> Any:
        return connection
