"""One difference between the tables of a history and those of the models."""

from __future__ import annotations

from dataclasses import dataclass

from stillroom.catalog.session import DEFAULT_SCHEMA

ABSENT = ""


def shown_schema(schema: str) -> str:
    """The name of a schema as differences have it: ``""`` for the default one."""
    return "" if schema == DEFAULT_SCHEMA else schema


@dataclass(frozen=True, order=True)
class Difference:
    """``history`` and ``models`` say what each side has; `ABSENT` where it has none.

    ``kind`` is table, column, primary key, index, foreign key, check or option; ``name`` is that
    of the object inside the table, ``aspect`` the part of a column or table that differs, such as
    "type" or "comment". ``schema`` is ``""`` for the default one.
    """

    schema: str
    table: str
    kind: str
    name: str
    aspect: str
    history: str
    models: str

    @property
    def qualified_table(self) -> str:
        """The table with its schema, where that is not the default one."""
        return f"{self.schema}.{self.table}" if self.schema else self.table

    @property
    def subject(self) -> str:
        """What differs, in words: ``customer column name type``."""
        return " ".join(filter(None, (self.qualified_table, self.kind, self.name, self.aspect)))
