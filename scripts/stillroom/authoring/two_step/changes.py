"""What is changed in two steps, and how it is said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from stillroom.catalog import Catalog, Column, Table, quoted_name
from stillroom.catalog.session import DEFAULT_SCHEMA

_LONGEST = 64  # characters of a name


@dataclass(frozen=True)
class Change:
    """Something of one table that the old code still needs and the new code does not have."""

    schema: str  # of a `Difference`
    table: str

    @property
    def qualified_table(self) -> str:
        """The table, with its schema where that is not the default one."""
        return f"{self.schema}.{self.table}" if self.schema else self.table

    def table_in(self, catalog: Catalog) -> Table:
        """The table, which must be there."""
        table = catalog.find(self.schema or DEFAULT_SCHEMA, self.table)
        assert table is not None
        return table


@dataclass(frozen=True)
class Rename(Change):
    """A column under a new name: triggers keep both equal while two releases run."""

    old: str
    new: str

    def trigger(self, event: str) -> str:
        """The quoted name of the trigger for INSERT or UPDATE."""
        name = f"stillroom_{self.table}_{self.old}_{self.new}_{event.lower()}"
        if len(name) > _LONGEST:
            digest = hashlib.sha256(f"{self.table}.{self.old}.{self.new}".encode()).hexdigest()
            name = f"stillroom_{digest[:32]}_{event.lower()}"
        return quoted_name(*filter(None, (self.schema, name)))


@dataclass(frozen=True)
class Drop(Change):
    """A column that the new code does not have: an INSERT may leave it out meanwhile."""

    column: str


@dataclass(frozen=True)
class Require(Change):
    """A column that must have a value, and that the old code leaves out or sets to NULL.

    ``fill`` is the SQL expression of its value in rows that have none.
    """

    column: str
    fill: str


@dataclass(frozen=True)
class Narrow(Change):
    """A column whose type gets narrower, once no code writes what does not fit."""

    column: str


@dataclass(frozen=True)
class DropTable(Change):
    """A table that the new code does not have."""


def has_default(column: Column) -> bool:
    """Whether an INSERT that leaves the column out gets another value than NULL."""
    return column.default not in (None, "NULL")


def column_of(change: Change, name: str, catalog: Catalog) -> Column:
    """A column of the changed table, which must be there."""
    column = change.table_in(catalog).column(name)
    assert column is not None
    return column
