"""A table that is being made or altered, before it is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stillroom.catalog.keys.foreign_keys import ForeignKeyScope
from stillroom.catalog.model import Check, Column, ForeignKey, Index, Partitions
from stillroom.catalog.parser.syntax import CheckSpec, ColumnSpec, ForeignKeySpec, Partitioning, Raw
from stillroom.catalog.record import record
from stillroom.catalog.session import Session
from stillroom.catalog.table import Table
from stillroom.catalog.tables.columns import ColumnScope, resolve_column
from stillroom.catalog.target import Target


@record
class AssemblyScope:
    """What the making of a table depends on besides its draft."""

    target: Target
    session: Session
    statement: str
    foreign_keys: ForeignKeyScope
    check_taken: Callable[[str, str], bool]  # schema, name: by a check of another table

    def columns(self, collation: str) -> ColumnScope:
        """What the columns of a table of that collation are resolved by."""
        return ColumnScope(self.target, self.session, collation, self.statement)


@dataclass
class DraftColumn:
    """A column; with a ``spec`` where the statement has just defined it.

    ``old_name`` is what it was called before the statement, if it existed.
    """

    column: Column
    spec: ColumnSpec | None = None
    old_name: str | None = None
    new_default: Raw | None = None  # of ALTER COLUMN … SET DEFAULT (…)
    null_default: bool = False  # by ALTER COLUMN … SET DEFAULT NULL


@dataclass
class Draft:
    """A table in the making."""

    name: str
    schema: str
    engine: str
    charset: str
    collation: str
    columns: list[DraftColumn] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    settled: bool = False  # see KeyScope
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    new_foreign_keys: list[ForeignKeySpec] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    new_checks: list[CheckSpec] = field(default_factory=list)
    comment: str = ""
    auto_increment: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    partitions: Partitions | None = None
    partitioning: Partitioning | None = None
    temporary: bool = False
    old: Table | None = None  # what an ALTER began with


def draft_column(spec: ColumnSpec, collation: str, scope: AssemblyScope) -> DraftColumn:
    """A newly defined column of a table with that collation."""
    return DraftColumn(resolve_column(spec, scope.columns(collation)), spec)
