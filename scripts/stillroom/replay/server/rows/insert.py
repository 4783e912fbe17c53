"""Works out which rows are known after INSERT and REPLACE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from stillroom.catalog import Column, DDLError, Table
from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import syntax_error
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.lexer import Kind, Token
from stillroom.replay.server.answers import information_schema
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.answers.select import evaluate
from stillroom.replay.server.answers.select_items import items
from stillroom.replay.server.known_rows import (
    Contents,
    Rows,
    Value,
    default_value,
    fitted,
    json_text,
)
from stillroom.replay.server.results import Result
from stillroom.replay.server.unanswerable import Unanswerable
from stillroom.replay.server.unknown_value import MARK, UnknownValue

_MODIFIERS = frozenset({"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"})
_UNCERTAIN = frozenset({"IGNORE", "DUPLICATE", "REPLACE"})


class _Computed:
    """A value that only a server can compute."""


class _Default:
    """The word DEFAULT."""


Cell: TypeAlias = "Value | _Computed | _Default"


@dataclass(frozen=True)
class _Insert:
    """``names`` are None where the statement has no list of columns."""

    table: Table
    names: tuple[str, ...] | None
    tokens: list[Token]  # from VALUES, SELECT or SET on
    uncertain: bool


def insert(sql: str, context: QueryContext) -> tuple[Result, Rows]:
    """Run an INSERT or a REPLACE. DDLError as the server would."""
    tokens = context.tokens(sql)
    statement = _read(sql, tokens, context)
    held = context.rows.of(statement.table)
    try:
        cells = _cells(statement, context)
    except Unanswerable:
        return Result(rowcount=-1), context.rows.put(statement.table, held.forgotten())
    if not cells:
        return Result(rowcount=0), context.rows
    names = statement.names or tuple(column.name for column in statement.table.columns)
    contents, first = held, None
    for row in cells:
        has_defaults_alone = not row and not statement.names  # () VALUES ()
        if len(row) != len(names) and not has_defaults_alone:
            raise DDLError(
                er.WRONG_VALUE_COUNT_ON_ROW, "Column count doesn't match value count at row 1"
            )
        given = dict(zip((name.lower() for name in names), row, strict=False))
        contents, generated = _appended(contents, statement.table, given, context)
        first = generated if first is None else first
    lastrowid = first
    if statement.uncertain:
        contents, lastrowid = contents.forgotten(), first
    result = Result(rowcount=-1 if statement.uncertain else len(cells), lastrowid=lastrowid)
    returning = _returned(tokens, statement.table, contents, len(cells), context)
    if returning is not None:
        result = replace(returning, lastrowid=lastrowid)
    return result, context.rows.put(statement.table, contents)


def _read(sql: str, tokens: list[Token], context: QueryContext) -> _Insert:
    def name_at(position: int) -> str:
        token = tokens[position]
        if token.kind not in (Kind.WORD, Kind.NAME):  # such as "a", which other servers quote so
            raise syntax_error(context.catalog.target.product, sql, token.start)
        return token.text if token.kind is Kind.WORD else token.value

    position = 1
    while tokens[position].kind is Kind.WORD and tokens[position].value in _MODIFIERS:
        position += 1
    path = [name_at(position)]
    while tokens[position + 1].value == ".":
        position += 2
        path.append(name_at(position))
    position += 1
    schema = path[0] if len(path) > 1 else None
    table = context.existing_table(path[-1], schema)
    names: tuple[str, ...] | None = None
    if tokens[position].value == "(" and tokens[position + 1].value not in ("SELECT", "("):
        end = next(i for i in range(position, len(tokens)) if tokens[i].value == ")")
        inside = range(position + 1, end)
        names = tuple(name_at(i) for i in inside if tokens[i].value not in (",", "."))
        position = end + 1
        for name in names:
            if table.column(name) is None:
                raise refusal(er.BAD_FIELD_ERROR, name, "field list")
    words = {token.value for token in tokens if token.kind is Kind.WORD}
    return _Insert(table, names, tokens[position:], not _UNCERTAIN.isdisjoint(words))


def _cells(statement: _Insert, context: QueryContext) -> list[list[Cell]]:
    """The rows to insert. Unanswerable where they cannot be told."""
    first = statement.tokens[0].value
    if first in ("VALUES", "VALUE"):
        return list(_listed(statement.tokens[1:]))
    if first in ("SELECT", "(", "WITH"):
        tokens = statement.tokens
        tables = list(context.mentioned(tokens))
        with context.sqlite_engine(tables) as sqlite:
            information_schema.fill(sqlite, information_schema.mentioned(tokens, context), context)
            rows = evaluate(tokens, tables, context, sqlite).result.rows
        return [[_selected(cell) for cell in row] for row in rows]
    raise Unanswerable("only a server can run this form of INSERT")


def _selected(cell: object) -> Cell:
    return cell if cell is None or isinstance(cell, (int, str)) else _Computed()


def _listed(tokens: list[Token]) -> Iterator[list[Cell]]:
    """The parenthesised rows behind VALUES."""
    row: list[Cell] = []
    value: list[Token] = []
    depth = 0
    for token in tokens:
        if depth == 0 and token.value != "(":
            if token.value == ",":
                continue
            return  # ON DUPLICATE KEY UPDATE, RETURNING, or the end
        depth += {"(": 1, ")": -1}.get(token.value, 0) if token.kind is Kind.SYMBOL else 0
        if depth == 1 and token.value == "(" and token.kind is Kind.SYMBOL:
            row, value = [], []
        elif depth == 0:
            yield [*row, _cell(value)] if value else row
        elif depth == 1 and token.value == "," and token.kind is Kind.SYMBOL:
            row.append(_cell(value))
            value = []
        else:
            value.append(token)


def _cell(tokens: list[Token]) -> Cell:
    negative = len(tokens) == 2 and tokens[0].value == "-"
    if len(tokens) == 2 and tokens[0].value.startswith("_"):
        tokens = tokens[1:]
    token = tokens[-1]
    if len(tokens) != 1 and not negative:
        return _Computed()
    match token.kind:
        case Kind.STRING | Kind.NATIONAL:
            return token.value
        case Kind.NUMBER if token.value.isdigit():
            return -int(token.value) if negative else int(token.value)
        case Kind.WORD if token.value in _CONSTANTS:
            return _CONSTANTS[token.value]
        case Kind.WORD if token.value == "DEFAULT":
            return _Default()
    return _Computed()


_CONSTANTS: dict[str, Value] = {"NULL": None, "TRUE": 1, "FALSE": 0}


def _appended(
    held: Contents, table: Table, given: dict[str, Cell], context: QueryContext
) -> tuple[Contents, int | None]:
    """``held`` with one more row, and the number that AUTO_INCREMENT gave."""
    row: list[Value] = []
    unknown, maybe_null = set(held.unknown), set(held.maybe_null)
    generated = None
    next_id = max(held.next_id, table.auto_increment or 1)
    counts_from_zero = "NO_AUTO_VALUE_ON_ZERO" in context.session.sql_mode
    for name in held.columns:
        column = table.by_name[name]
        cell = given.get(name, _Default())
        if column.auto_increment:
            given_zero = counts_from_zero and cell == 0
            value, known = (0, True) if given_zero else _number(cell, next_id)
            if known and isinstance(value, int):
                is_given = given_zero or (isinstance(cell, int) and cell != 0)
                generated = None if is_given else value
                next_id = max(next_id, value + 1)
        else:
            value, known = _stored(cell, column, name in given, context)
        if not known:
            unknown.add(name)
            text = json_text(cell) if column.type.name == "json" else None
            if text is not None:  # it may be read, but compares in other ways than a text
                value = text
            elif _is_there(cell, column):
                value = MARK
            else:
                maybe_null.add(name)
        row.append(value)
    appended = replace(
        held,
        unknown=frozenset(unknown),
        maybe_null=frozenset(maybe_null),
        next_id=next_id,
    )
    if held.lost:
        return appended, None
    return appended.with_rows((*held.rows, tuple(row))), generated


def _is_there(cell: Cell, column: Column) -> bool:
    """Whether a value that is not known is certainly not NULL."""
    if not column.nullable:
        return True
    if isinstance(cell, _Default):
        return column.default is not None and not column.default_is_expression
    return cell is not None and not isinstance(cell, _Computed)


def _number(cell: Cell, next_id: int) -> tuple[Value, bool]:
    if cell is None or isinstance(cell, _Default) or cell == 0:
        return next_id, True
    if isinstance(cell, _Computed):
        return None, False
    try:
        return int(cell), True
    except ValueError:
        return None, False


def _stored(cell: Cell, column: Column, given: bool, context: QueryContext) -> tuple[Value, bool]:
    if isinstance(cell, _Computed):
        return None, False
    if isinstance(cell, _Default):
        missing = column.default is None and not column.nullable and column.generated is None
        if missing and context.session.strict and column.type.name != "timestamp":
            raise DDLError(
                er.NO_DEFAULT_FOR_FIELD, f"Field '{column.name}' doesn't have a default value"
            )
        return default_value(column)
    if cell is None and not column.nullable and column.type.name != "timestamp":
        raise refusal(er.BAD_NULL_ERROR, column.name)
    return fitted(cell, column)


def unfit(value: Value | object, column: Column) -> bool:
    """Whether ``value`` is not certainly what ``column`` holds."""
    if value is None:
        return not column.nullable
    if not isinstance(value, (int, str)):
        return True
    held, known = fitted(value, column)
    return not known or held != value


def _returned(
    tokens: list[Token], table: Table, held: Contents, count: int, context: QueryContext
) -> Result | None:
    """The answer of MariaDB's RETURNING; Unanswerable if a value in it is."""
    words = [token.value if token.kind is Kind.WORD else "" for token in tokens]
    if "RETURNING" not in words:
        return None
    asked = items(tokens[words.index("RETURNING") + 1 :])
    names = [item.column or "?" for item in asked]
    for name in names:
        if held.lost or name.lower() in held.maybe_null or name.lower() not in held.columns:
            raise Unanswerable(f"it returns {table.name}.{name}, which only a server computes")
    positions = [held.columns.index(name.lower()) for name in names]
    rows = [
        tuple(
            UnknownValue(f"{table.name}.{name}", context.refuse_unknown)
            if row[at] == MARK
            else row[at]
            for at, name in zip(positions, names, strict=True)
        )
        for row in held.rows[-count:]
    ]
    return Result.of(tuple(item.name("") for item in asked), rows)
