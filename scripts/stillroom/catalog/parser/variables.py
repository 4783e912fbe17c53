"""Parse SET: the variables of a session and their values."""

from __future__ import annotations

from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.parser.syntax import (
    Inert,
    Raw,
    SetVariables,
    Statement,
)


def set_variables(cursor: Cursor, start: int) -> Statement:
    """``SET [SESSION|GLOBAL] name = expression, …``, ``SET NAMES …``, ``SET TRANSACTION …``"""
    cursor.take()
    if cursor.at_any("TRANSACTION", "ROLE", "PASSWORD", "STATEMENT", "RESOURCE") or (
        cursor.at_any("SESSION", "GLOBAL") and cursor.peek().value == "TRANSACTION"
    ):
        if cursor.at_any("STATEMENT"):
            raise cursor.unsupported("SET STATEMENT is not supported")
        return Inert(start)
    assignments: list[tuple[str, Raw]] = []
    while True:
        assignments.append(_assignment(cursor))
        if not cursor.accept(","):
            break
    cursor.expect_end()
    return SetVariables(tuple(assignments), start)


def _assignment(cursor: Cursor) -> tuple[str, Raw]:
    if cursor.accept("NAMES"):
        return "names", _expression(cursor)
    if cursor.at_any("CHARSET", "CHARACTER"):
        if not cursor.accept("CHARSET"):
            cursor.expect("CHARACTER", "SET")
        return "character set", _expression(cursor)
    scope = cursor.accept_any("SESSION", "LOCAL", "GLOBAL", "PERSIST")
    token = cursor.take()
    name = token.value.lower()
    if token.kind is Kind.VARIABLE and name.startswith("@@"):
        name = name[2:]
        for prefix in ("session.", "local.", "global.", "persist."):
            if name.startswith(prefix):
                scope, name = prefix[:-1].upper(), name[len(prefix) :]
    if not cursor.accept_any("=", ":="):
        raise cursor.syntax_error()
    if scope in ("GLOBAL", "PERSIST"):
        name = "global." + name
    return name, _expression(cursor)


def _expression(cursor: Cursor) -> Raw:
    """Up to the next comma on this level, or the end."""
    start = cursor.position
    depth = 0
    while not cursor.at_end and (depth or not cursor.at_any(",", ";")):
        token = cursor.take()
        if token.kind is Kind.SYMBOL and token.text in "()":
            depth += 1 if token.text == "(" else -1
    if cursor.position == start:
        raise cursor.syntax_error()
    return Raw(cursor.text[start : cursor.tokens[cursor.index - 1].end], start)
