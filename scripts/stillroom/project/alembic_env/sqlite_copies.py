"""Completes Alembic's copy of a table on SQLite, which would write into generated columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.ddl import sqlite
from sqlalchemy import Table

if TYPE_CHECKING:
    from alembic.operations.batch import ApplyBatchImpl


class SQLiteImpl(sqlite.SQLiteImpl):
    """Alembic's own, but for the copy. Alembic takes it from the moment of this import."""

    __dialect__ = "sqlite"

    def prep_table_for_batch(self, batch_impl: ApplyBatchImpl, table: Table) -> None:
        """Leave the generated columns of the new table to SQLite, which refuses any value."""
        for name, column in batch_impl.columns.items():
            if column.computed is not None:
                batch_impl.column_transfers[name].pop("expr", None)
