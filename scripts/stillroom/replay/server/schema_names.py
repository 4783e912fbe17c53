"""Translates the project's name for its database, and finds tables that change their name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stillroom.catalog.parser.lexer import Kind, Token
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.known_rows import Key

_BEFORE_SCHEMA = frozenset({"USE", "DATABASE", "SCHEMA", "EXISTS"})

_TABLE_WORDS = (
    "TABLE ON REFERENCES EXISTS TO AS RENAME LIKE FROM JOIN INTO UPDATE CALL VIEW TRIGGER PROCEDURE"
    " FUNCTION EVENT TRUNCATE"
)
_BEFORE_TABLE = frozenset(_TABLE_WORDS.split())


def neutral(sql: str, database: str | None, context: QueryContext) -> str:
    """``sql`` with the catalog's name of the default schema in place of the project's.

    So a catalog, and a cache of it, is the same whatever a URL calls the database.
    """
    if database is None or database == DEFAULT_SCHEMA or database.lower() not in sql.lower():
        return sql
    tokens = context.tokens(sql)
    parts: list[str] = []
    end = 0
    for position, token in enumerate(tokens):
        if token.kind in (Kind.WORD, Kind.NAME) and _names_schema(
            tokens, position, database, context
        ):
            parts += [sql[end : token.start], f"`{DEFAULT_SCHEMA}`"]
            end = token.end
    return "".join([*parts, sql[end:]])


def _names_schema(tokens: list[Token], position: int, database: str, context: QueryContext) -> bool:
    token = tokens[position]
    name = token.text if token.kind is Kind.WORD else token.value
    if name.lower() != database.lower():
        return False
    before = tokens[position - 1] if position else None
    if before is not None and before.kind is Kind.WORD and before.value in _BEFORE_SCHEMA:
        return before.value != "EXISTS" or tokens[1].value in ("DATABASE", "SCHEMA")
    if tokens[position + 1].value != "." or (before is not None and before.value == "."):
        return False
    # A table may have the name of its database: the place tells what is meant.
    if before is not None and before.value == ",":
        return context.table(database) is None
    return before is not None and before.value in _BEFORE_TABLE


def renamed_tables(sql: str, context: QueryContext) -> Iterator[tuple[Key, Key]]:
    """The old and new places of tables, in order, of a RENAME or an ALTER … RENAME."""
    if "RENAME" not in sql.upper():
        return
    tokens = [token for token in context.tokens(sql) if token.kind is not Kind.END]
    words = [token.value if token.kind is Kind.WORD else "" for token in tokens]
    if words[0] == "RENAME":
        cursor = 2 + 2 * (words[2:4] == ["IF", "EXISTS"])
        while cursor < len(tokens):
            old, cursor = _key(tokens, cursor, context)
            new, cursor = _key(tokens, cursor + 1, context)
            yield old, new
            cursor += 1
    elif words[0] == "ALTER" and "RENAME" in words:
        start = next(i for i, word in enumerate(words) if word == "TABLE") + 1
        old, _ = _key(tokens, start + 2 * (words[start : start + 2] == ["IF", "EXISTS"]), context)
        for position, word in enumerate(words):
            if word == "RENAME" and words[position + 1] not in ("COLUMN", "INDEX", "KEY"):
                new, _ = _key(tokens, position + 1 + (words[position + 1] in ("TO", "AS")), context)
                yield old, new


def emptied_table(sql: str, context: QueryContext) -> Key | None:
    """The table that a TRUNCATE or a CREATE OR REPLACE empties."""
    if not re.search(r"TRUNCATE|REPLACE", sql, re.IGNORECASE):
        return None
    tokens = context.tokens(sql)
    words = [token.value for token in tokens[:4]]
    if words[0] == "TRUNCATE":
        return _key(tokens, 2 if words[1] == "TABLE" else 1, context)[0]
    if words == ["CREATE", "OR", "REPLACE", "TABLE"]:
        return _key(tokens, 4, context)[0]
    return None


def _key(tokens: list[Token], position: int, context: QueryContext) -> tuple[Key, int]:
    """The table named there, and the position behind it."""
    name = _text(tokens[position])
    schema = context.session.schema or ""
    position += 1
    if position < len(tokens) and tokens[position].value == ".":
        schema, name = name, _text(tokens[position + 1])
        position += 2
    return (schema, name), position


def _text(token: Token) -> str:
    return token.text if token.kind is Kind.WORD else token.value
