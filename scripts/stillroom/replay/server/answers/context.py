"""Holds what a query is answered from: a catalog, a session, and the rows that are known."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from stillroom.catalog import Catalog, Session, Table
from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.lexer import Kind, Token, tokenize
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.replay.server import variables
from stillroom.replay.server.answers.sqlite_engine import Column, SQLiteEngine
from stillroom.replay.server.known_rows import Rows
from stillroom.replay.server.unanswerable import Unanswerable


@dataclass(frozen=True)
class QueryContext:
    """``database`` is what the project calls the catalog's default schema.

    ``refuse_unknown`` is called when a value is looked at that only a server knows.
    """

    catalog: Catalog
    session: Session
    rows: Rows
    database: str
    refuse_unknown: Callable[[str], NoReturn]
    last_id: int = 0

    @property
    def version(self) -> str:
        """What ``SELECT VERSION()`` gives."""
        return variables.version(self.catalog.target)

    def tokens(self, sql: str) -> list[Token]:
        """The tokens of a statement, read in the session's ``sql_mode``."""
        return tokenize(sql, self.catalog.target, self.session.sql_mode)

    def variable(self, name: str) -> Any:
        """The value of ``@@name`` or ``@name``; Unanswerable if nobody can say."""
        return variables.value(name, self.catalog.target, self.session)

    def shown_schema(self, schema: str) -> str:
        """What the project calls a schema."""
        return self.database if schema == DEFAULT_SCHEMA else schema

    def real_schema(self, shown: str) -> str:
        """The catalog's name for what the project calls ``shown``."""
        return DEFAULT_SCHEMA if shown.lower() == self.database.lower() else shown

    def table(self, name: str, schema: str | None = None) -> Table | None:
        """A table by the name that the project uses."""
        real = self.real_schema(schema) if schema else self.session.schema
        return self.catalog.find(real, name) if real else None

    def existing_table(self, name: str, schema: str | None = None) -> Table:
        """As ``table``. Error 1146 if there is none of that name."""
        table = self.table(name, schema)
        if table is None:
            shown = schema or self.shown_schema(self.session.schema or "")
            raise refusal(er.NO_SUCH_TABLE, shown, name)
        return table

    def mentioned(self, tokens: list[Token]) -> Iterator[Table]:
        """The tables whose names occur in a statement, each once; some may be aliases."""
        seen: set[tuple[str, str]] = set()
        for position, token in enumerate(tokens):
            if token.kind not in (Kind.WORD, Kind.NAME):
                continue
            name = token.value if token.kind is Kind.NAME else token.text
            table = self.table(name, _qualifier(tokens, position))
            if table is not None and (table.schema, table.name) not in seen:
                seen.add((table.schema, table.name))
                yield table

    @contextmanager
    def sqlite_engine(self, tables: list[Table]) -> Iterator[SQLiteEngine]:
        """A SQLite database with these tables and the rows that are known, while it is needed."""
        schema = self.session.schema
        current = self.shown_schema(schema) if schema else None
        facts = {
            "mysql_database": current,
            "VERSION": self.version,
            "CONNECTION_ID": 1,
            "USER": "stillroom@localhost",
            "SESSION_USER": "stillroom@localhost",
            "LAST_INSERT_ID": self.last_id,
            "ROW_COUNT": -1,
            "FOUND_ROWS": 0,
        }
        with closing(SQLiteEngine(facts)) as sqlite:
            for table in tables:
                held = self.rows.of(table)
                columns = [_column(table, name) for name in held.columns]
                try:
                    sqlite.add(self.place(table), table.name, columns, held.rows)
                except (sqlite3.Error, OverflowError, UnicodeError) as error:
                    raise Unanswerable(f"only a server can evaluate it ({error})") from error
            yield sqlite

    def place(self, table: Table) -> str:
        """The SQLite schema of a table."""
        own = table.schema == self.session.schema
        return "main" if own else self.shown_schema(table.schema)


def _qualifier(tokens: list[Token], position: int) -> str | None:
    if position >= 2 and tokens[position - 1].value == ".":
        before = tokens[position - 2]
        return before.value if before.kind is Kind.NAME else before.text
    return None


def _column(table: Table, name: str) -> Column:
    kind = table.by_name[name].type
    text = kind.collation is not None
    exact = text and str(kind.collation).endswith("_bin")
    return Column(table.by_name[name].name, text, exact)
