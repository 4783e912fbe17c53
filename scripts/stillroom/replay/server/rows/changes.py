"""Works out what is known about rows after INSERT, UPDATE and DELETE."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from stillroom.catalog import DDLError, Table
from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.lexer import Kind, Token
from stillroom.catalog.parser.statements import check_with
from stillroom.replay.server.answers import information_schema
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.answers.select import evaluate
from stillroom.replay.server.known_rows import Contents, Rows
from stillroom.replay.server.results import Result
from stillroom.replay.server.rows import insert
from stillroom.replay.server.rows.insert import unfit
from stillroom.replay.server.unanswerable import Unanswerable

_VERSION = re.compile(
    r"UPDATE (?P<table>\w+) SET (?P<column>\w+)='(?P<new>\w+)'"
    r" WHERE (?P=table)\.(?P=column) = '(?P<old>\w+)'"
)
_UPDATE_CLAUSES = frozenset({"WHERE", "ORDER", "LIMIT"})


@dataclass(frozen=True)
class Change:
    """What a DML statement gives back, and the rows that are known behind it."""

    result: Result
    rows: Rows


def change(sql: str, context: QueryContext) -> Change:
    """Run a DML statement. DDLError as the server would; it never fails for want of knowledge.

    What cannot be known about rows afterwards is marked so, and the count of rows is -1.
    """
    moved = _VERSION.fullmatch(sql)
    if moved is not None:
        done = _version(moved, context)
        if done is not None:
            return done
    tokens = context.tokens(sql)
    verb = tokens[0].value
    if verb in ("INSERT", "REPLACE"):
        result, rows = insert.insert(sql, context)
        return Change(result, rows)
    if verb == "UPDATE":
        return _update(tokens, context)
    if verb == "DELETE":
        return _delete(tokens, context)
    check_with(sql, context.catalog.target)
    return _forget(tokens, context)


def _version(match: re.Match[str], context: QueryContext) -> Change | None:
    """Alembic's own UPDATE of its version table, which comes once for each revision."""
    table = context.table(match["table"])
    held = context.rows.of(table) if table else None
    if table is None or held is None or held.lost or held.unknown or len(held.columns) != 1:
        return None
    if held.columns[0] != match["column"].lower() or unfit(match["new"], table.columns[0]):
        return None
    rows = tuple((match["new"],) if row == (match["old"],) else row for row in held.rows)
    count = held.rows.count((match["old"],))
    return Change(Result(rowcount=count), context.rows.put(table, held.with_rows(rows)))


def _forget(tokens: list[Token], context: QueryContext) -> Change:
    """After LOAD DATA, or DML behind WITH: any table that is named may have changed."""
    rows = context.rows
    for table in context.mentioned(tokens):
        rows = rows.put(table, rows.of(table).forgotten())
    return Change(Result(rowcount=-1), rows)


def _update(tokens: list[Token], context: QueryContext) -> Change:
    words = [token.value if token.kind is Kind.WORD else "" for token in tokens]
    if "SET" not in words:
        raise DDLError(er.PARSE_ERROR, "You have an error in your SQL syntax near 'UPDATE'")
    head = tokens[1 : words.index("SET")]
    tables = _targets(head, context)
    if all(context.rows.of(table).empty for table in tables):
        return Change(Result(rowcount=0), context.rows)
    if len(tables) == 1:
        done = _evaluated(tokens, tables[0], context)
        if done is not None:
            return done
    assigned = frozenset(_assigned(tokens[words.index("SET") + 1 :]))
    rows = context.rows
    for table in tables:
        own = assigned | {c.name.lower() for c in table.columns if c.on_update or c.generated}
        rows = rows.put(table, rows.of(table).without(own & table.by_name.keys()))
    return Change(Result(rowcount=-1), rows)


def _assigned(tokens: list[Token]) -> list[str]:
    """The columns on the left of the assignments, in lower case."""
    names: list[str] = []
    depth = 0
    start = True
    for token, following in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        if depth == 0 and token.kind is Kind.WORD and token.value in _UPDATE_CLAUSES:
            break
        if depth == 0 and start and following.value != "." and token.value != ".":
            names.append(token.value.lower())
            start = False
        if depth == 0 and token.value == ",":
            start = True
        depth += {"(": 1, ")": -1}.get(token.value, 0)
    return names


def _delete(tokens: list[Token], context: QueryContext) -> Change:
    words = [token.value if token.kind is Kind.WORD else "" for token in tokens]
    start = words.index("FROM") if "FROM" in words else 0
    stop = next((i for i, w in enumerate(words) if w in _UPDATE_CLAUSES), len(tokens))
    tables = _targets([*tokens[1:start], *tokens[start + 1 : stop]], context)
    if all(context.rows.of(table).empty for table in tables):
        return Change(Result(rowcount=0), context.rows)
    if len(tables) == 1:
        table = tables[0]
        if stop == len(tokens):
            held = context.rows.of(table)
            counted = -1 if held.lost else len(held.rows)
            emptied = replace(held, rows=(), lost=False)
            return Change(Result(rowcount=counted), context.rows.put(table, emptied))
        done = _evaluated(tokens, table, context)
        if done is not None:
            return done
    rows = context.rows
    for table in tables:
        rows = rows.put(table, rows.of(table).forgotten())
    return Change(Result(rowcount=-1), rows)


def _targets(tokens: list[Token], context: QueryContext) -> list[Table]:
    """The tables that may be changed; error 1146 if the only one does not exist."""
    tables = list(context.mentioned(tokens))
    if not tables:
        names = [t for t in tokens if t.kind is Kind.NAME or t.kind is Kind.WORD]
        name = (names[-1].text if names else "").strip("`")
        schema = context.shown_schema(context.session.schema or "")
        raise refusal(er.NO_SUCH_TABLE, schema, name)
    return tables


def _evaluated(tokens: list[Token], table: Table, context: QueryContext) -> Change | None:
    """The change of one table, if all of it can be known."""
    held = context.rows.of(table)
    computed = any(c.on_update or c.generated for c in table.columns)
    if held.lost or (computed and tokens[0].value == "UPDATE"):
        return None
    tables = list(context.mentioned(tokens))
    try:
        with context.sqlite_engine(tables) as sqlite:
            information_schema.fill(sqlite, information_schema.mentioned(tokens, context), context)
            answer = evaluate(tokens, tables, context, sqlite)
            rows = tuple(sqlite.rows(context.place(table), table.name))
    except Unanswerable:
        return None
    if not _fits(rows, table, held):
        return None
    changed = Result(rowcount=answer.changed)
    return Change(changed, context.rows.put(table, held.with_rows(rows)))


def _fits(rows: tuple[tuple[object, ...], ...], table: Table, held: Contents) -> bool:
    """Whether every value still is what its column would hold."""
    for position, name in enumerate(held.columns):
        column = table.by_name[name]
        for row in rows:
            value = row[position]
            if value is not None and not isinstance(value, (int, str)):
                return False
            if name not in held.unknown and unfit(value, column):
                return False
    return True
