"""A table of a catalog, with what is computed from its definition."""

from __future__ import annotations

from functools import cached_property

from stillroom.catalog.model import Column, Index, TableDefinition
from stillroom.catalog.printing.show_create import create_table
from stillroom.catalog.quoting import quoted_name
from stillroom.catalog.record import record
from stillroom.catalog.session import DEFAULT_SCHEMA


@record
class Table(TableDefinition):
    """A table. Two are equal when they are in schemas of one name and print alike."""

    @cached_property
    def create_statement(self) -> str:
        """The second column of SHOW CREATE TABLE."""
        return create_table(self)

    @property
    def sql_name(self) -> str:
        """Its name in a statement, with that of its schema unless it is the default one."""
        path = () if self.schema == DEFAULT_SCHEMA else (self.schema,)
        return quoted_name(*path, self.name)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names in lower case."""
        return {column.name.lower(): column for column in self.columns}

    def column(self, name: str) -> Column | None:
        """The column of that name, in whatever case."""
        return self.by_name.get(name.lower())

    def index(self, name: str) -> Index | None:
        """The index of that name, in whatever case."""
        folded = name.lower()
        return next((index for index in self.indexes if index.name.lower() == folded), None)

    @property
    def primary_key(self) -> Index | None:
        """The primary key, if there is one."""
        return next((index for index in self.indexes if index.kind == "PRIMARY"), None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self is other or (
            self.schema == other.schema and self.create_statement == other.create_statement
        )

    def __hash__(self) -> int:
        return hash((self.schema, self.create_statement))

    def __getstate__(self) -> dict[str, object]:
        computed = ("create_statement", "by_name")
        return {key: value for key, value in self.__dict__.items() if key not in computed}
