"""Answers to SELECT: from what is known of the rows, or not at all."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from stillroom.catalog import DDLError
from stillroom.catalog.model import Table
from stillroom.catalog.parser.lexer import Kind, Token
from stillroom.replay.server.answers import information_schema
from stillroom.replay.server.answers.context import Ground
from stillroom.replay.server.answers.select_items import items, only_passed_on
from stillroom.replay.server.answers.sqlite_engine import Scratch
from stillroom.replay.server.answers.sqlite_translation import (
    AGGREGATES,
    Translation,
    quoted,
    translate,
)
from stillroom.replay.server.hidden_value import MARK, HiddenValue
from stillroom.replay.server.results import Result
from stillroom.replay.server.unknown import Unknown

_MISSING_TABLE = re.compile(r"no such table: (?:main\.)?(.*)")
_MISSING_COLUMN = re.compile(r"no such column: (.*)")


@dataclass(frozen=True)
class Answer:
    """``changed`` is the number of rows that a DML statement changed, in ``scratch``."""

    result: Result
    changed: int


def select(sql: str, ground: Ground) -> Result:
    """The rows of a query. Unknown if only a server can say; DDLError as the server would."""
    tokens = ground.tokens(sql)
    tables = list(ground.mentioned(tokens))
    views = information_schema.mentioned(tokens, ground)
    with closing(ground.scratch(tables)) as scratch:
        information_schema.fill(scratch, views, ground)
        result = evaluate(tokens, tables, ground, scratch).result
    listed = items(tokens[1:])
    names = tuple(item.name(sql) for item in listed)
    if views and ground.catalog.target.mysql:  # columns are in capitals, however they were written
        names = tuple(
            item.column.upper() if item.column and not item.alias else name
            for item, name in zip(listed, names, strict=True)
        )
    star = any(name.endswith("*") for name in names)
    if star and not result.columns:
        raise Unknown("only a server can name its columns")
    if star or (result.columns and len(names) != len(result.columns)):
        return result
    return replace(result, columns=names)


def evaluate(tokens: list[Token], tables: list[Table], ground: Ground, scratch: Scratch) -> Answer:
    """Run a statement on ``scratch``, and check that what came out is what a server would give."""
    translation = _translated(tokens, tables, ground)
    scratch.ordering = translation.ordering
    try:
        columns, rows, changed = scratch.run(translation.text)
    except (sqlite3.Error, sqlite3.Warning) as error:
        return Answer(_without_sqlite(tokens, tables, ground, str(error)), 0)
    read = [table for table in tables if scratch.reads.includes(ground.place(table), table.name)]
    filled = [table for table in read if not ground.rows.of(table).empty]
    if filled:
        _check_trust(filled, tokens, translation, ground, scratch)
        rows = [tuple(_shown(cell, filled, ground) for cell in row) for row in rows]
    elif translation.different and rows:
        raise Unknown("it computes what only a server computes alike")
    return Answer(Result.of(columns, rows), changed)


def _translated(tokens: list[Token], tables: list[Table], ground: Ground) -> Translation:
    own = {ground.shown_schema(ground.session.schema).lower()} if ground.session.schema else set()
    names = {name for table in tables for name in (table.name.lower(), *table.by_name)}
    return translate(
        tokens, frozenset(own), lambda name: _literal(ground.variable(name)), frozenset(names)
    )


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else quoted(str(value))


def _shown(cell: Any, filled: list[Table], ground: Ground) -> Any:
    if cell != MARK:
        return cell
    names = ", ".join(table.name for table in filled)
    return HiddenValue(f"a column of {names}", ground.reveal)


def _check_trust(
    filled: list[Table],
    tokens: list[Token],
    translation: Translation,
    ground: Ground,
    scratch: Scratch,
) -> None:
    for table in filled:
        held = ground.rows.of(table)
        read = {
            name
            for schema, name_of_table, name in scratch.reads.columns
            if (schema, name_of_table) == (ground.place(table), table.name)
        }
        if held.lost or read & held.maybe_null or not only_passed_on(tokens, read & held.unknown):
            raise Unknown(f"it reads rows of {table.name} that the history wrote itself")
    if not translation.safe or scratch.reads.doubtful:
        names = ", ".join(table.name for table in filled)
        raise Unknown(f"it computes with rows of {names} that the history wrote itself")


def _without_sqlite(
    tokens: list[Token], tables: list[Table], ground: Ground, problem: str
) -> Result:
    """The answer to a query that SQLite does not understand: certain if no row can come out."""
    if any(token.value.lower() == information_schema.SCHEMA for token in tokens):
        raise Unknown(f"information_schema holds more than a catalog does ({problem})")
    schema = ground.shown_schema(ground.session.schema or "")
    missing = _MISSING_TABLE.match(problem)
    if missing:
        name = missing.group(1)
        full = name if "." in name else f"{schema}.{name}"
        raise DDLError(1146, f"Table '{full}' doesn't exist")
    missing = _MISSING_COLUMN.match(problem)
    if missing:
        raise DDLError(1054, f"Unknown column '{missing.group(1)}' in 'field list'")
    words = [token.value for token in tokens if token.kind is Kind.WORD]
    one_select = words.count("SELECT") == 1 and words[0] == "SELECT" and "FROM" in words
    for table in tables:
        if not ground.rows.of(table).empty:
            raise Unknown(f"it reads rows of {table.name} that the history wrote itself")
    aggregates = not AGGREGATES.isdisjoint(words) and "GROUP" not in words
    if not one_select or not tables or aggregates or "DUAL" in words:
        raise Unknown(f"only a server can evaluate it ({problem})")
    return Result((), ())
