"""Answers SELECT from the rows that are known, or not at all."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from stillroom.catalog import DDLError, Table
from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.lexer import Kind, Token
from stillroom.replay.server.answers import information_schema
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.answers.select_items import items, only_passed_on
from stillroom.replay.server.answers.sqlite_engine import SQLiteEngine
from stillroom.replay.server.answers.sqlite_translation import (
    AGGREGATES,
    Translation,
    quoted,
    translate,
)
from stillroom.replay.server.results import Result
from stillroom.replay.server.unanswerable import Unanswerable
from stillroom.replay.server.unknown_value import MARK, UnknownValue

_MISSING_TABLE = re.compile(r"no such table: (?:main\.)?(.*)")
_MISSING_COLUMN = re.compile(r"no such column: (.*)")


@dataclass(frozen=True)
class Answer:
    """``changed`` is the number of rows that a DML statement changed, in ``sqlite``."""

    result: Result
    changed: int


def select(sql: str, context: QueryContext) -> Result:
    """The rows of a query. Unanswerable if only a server can say; DDLError as the server would."""
    tokens = context.tokens(sql)
    tables = list(context.mentioned(tokens))
    views = information_schema.mentioned(tokens, context)
    with context.sqlite_engine(tables) as sqlite:
        information_schema.fill(sqlite, views, context)
        result = evaluate(tokens, tables, context, sqlite).result
    listed = items(tokens[1:])
    names = tuple(item.name(sql) for item in listed)
    if views and context.catalog.target.mysql:  # columns are in capitals, however they were written
        names = tuple(
            item.column.upper() if item.column and not item.alias else name
            for item, name in zip(listed, names, strict=True)
        )
    star = any(name.endswith("*") for name in names)
    if star and not result.columns:
        raise Unanswerable("only a server can name its columns")
    if star or (result.columns and len(names) != len(result.columns)):
        return result
    return replace(result, columns=names)


def evaluate(
    tokens: list[Token], tables: list[Table], context: QueryContext, sqlite: SQLiteEngine
) -> Answer:
    """Run a statement on ``sqlite``, and check that what came out is what a server would give."""
    translation = _translated(tokens, tables, context)
    sqlite.ordering = translation.ordering
    try:
        columns, rows, changed = sqlite.run(translation.text)
    except (sqlite3.Error, sqlite3.Warning) as error:
        return Answer(_without_sqlite(tokens, tables, context, str(error)), 0)
    read = [table for table in tables if sqlite.reads.includes(context.place(table), table.name)]
    filled = [table for table in read if not context.rows.of(table).empty]
    if filled:
        _check_trust(filled, tokens, translation, context, sqlite)
        rows = [tuple(_shown(cell, filled, context) for cell in row) for row in rows]
    elif translation.different and rows:
        raise Unanswerable("only a server can compute it reliably")
    return Answer(Result.of(columns, rows), changed)


def _translated(tokens: list[Token], tables: list[Table], context: QueryContext) -> Translation:
    own = (
        {context.shown_schema(context.session.schema).lower()} if context.session.schema else set()
    )
    names = {name for table in tables for name in (table.name.lower(), *table.by_name)}
    return translate(
        tokens, frozenset(own), lambda name: _literal(context.variable(name)), frozenset(names)
    )


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else quoted(str(value))


def _shown(cell: Any, filled: list[Table], context: QueryContext) -> Any:
    if cell != MARK:
        return cell
    names = ", ".join(table.name for table in filled)
    return UnknownValue(f"a column of {names}", context.refuse_unknown)


def _check_trust(
    filled: list[Table],
    tokens: list[Token],
    translation: Translation,
    context: QueryContext,
    sqlite: SQLiteEngine,
) -> None:
    for table in filled:
        held = context.rows.of(table)
        read = {
            name
            for schema, name_of_table, name in sqlite.reads.columns
            if (schema, name_of_table) == (context.place(table), table.name)
        }
        if held.lost or read & held.maybe_null or not only_passed_on(tokens, read & held.unknown):
            raise Unanswerable(f"it reads rows of {table.name} that the history wrote itself")
    if not translation.safe or sqlite.reads.doubtful:
        names = ", ".join(table.name for table in filled)
        raise Unanswerable(f"it computes with rows of {names} that the history wrote itself")


def _without_sqlite(
    tokens: list[Token], tables: list[Table], context: QueryContext, problem: str
) -> Result:
    """The answer to a query that SQLite does not understand: certain if no row can come out."""
    if any(token.value.lower() == information_schema.SCHEMA for token in tokens):
        raise Unanswerable(f"information_schema holds more than a catalog does ({problem})")
    schema = context.shown_schema(context.session.schema or "")
    missing = _MISSING_TABLE.match(problem)
    if missing:
        name = missing.group(1)
        full = name if "." in name else f"{schema}.{name}"
        raise DDLError(er.NO_SUCH_TABLE, f"Table '{full}' doesn't exist")
    missing = _MISSING_COLUMN.match(problem)
    if missing:
        raise refusal(er.BAD_FIELD_ERROR, missing.group(1), "field list")
    words = [token.value for token in tokens if token.kind is Kind.WORD]
    one_select = words.count("SELECT") == 1 and words[0] == "SELECT" and "FROM" in words
    for table in tables:
        if not context.rows.of(table).empty:
            raise Unanswerable(f"it reads rows of {table.name} that the history wrote itself")
    aggregates = not AGGREGATES.isdisjoint(words) and "GROUP" not in words
    if not one_select or not tables or aggregates or "DUAL" in words:
        raise Unanswerable(f"only a server can evaluate it ({problem})")
    return Result((), ())
