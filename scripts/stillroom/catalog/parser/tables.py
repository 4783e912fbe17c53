"""Parse CREATE TABLE, table options and partitions."""

from __future__ import annotations

from stillroom.catalog.parser.columns import column
from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.data_types import charset_clause
from stillroom.catalog.parser.keys import at_constraint, constraint
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.parser.syntax import (
    CreateTable,
    Element,
    Option,
    PartitionDefinition,
    Partitioning,
    Raw,
)

_INTEGERS = """
    AUTO_INCREMENT AVG_ROW_LENGTH CHECKSUM DELAY_KEY_WRITE KEY_BLOCK_SIZE MAX_ROWS MIN_ROWS
    PACK_KEYS PAGE_CHECKSUM STATS_AUTO_RECALC STATS_PERSISTENT STATS_SAMPLE_PAGES TABLE_CHECKSUM
    TRANSACTIONAL
"""
_INTEGER_OPTIONS = frozenset(_INTEGERS.split())
_WORD_OPTIONS = frozenset(["ENGINE", "ROW_FORMAT", "INSERT_METHOD"])
_STRING_OPTIONS = frozenset(["COMMENT", "COMPRESSION", "ENCRYPTION", "CONNECTION"])


def create_table(cursor: Cursor, *, temporary: bool, or_replace: bool, start: int) -> CreateTable:
    """Everything behind ``CREATE [OR REPLACE] [TEMPORARY] TABLE``."""
    if_not_exists = cursor.if_not_exists()
    table = cursor.table_name()
    flags = {
        "temporary": temporary,
        "or_replace": or_replace,
        "if_not_exists": if_not_exists,
        "position": start,
    }
    if cursor.accept("LIKE"):
        source = cursor.table_name()
        cursor.expect_end()
        return CreateTable(table, like=source, **flags)  # type: ignore[arg-type]
    if cursor.at("(", "LIKE"):
        cursor.expect("(", "LIKE")
        source = cursor.table_name()
        cursor.expect(")")
        cursor.expect_end()
        return CreateTable(table, like=source, **flags)  # type: ignore[arg-type]
    if not cursor.at("("):
        raise cursor.unsupported("CREATE TABLE from a query is not supported")
    elements = _elements(cursor)
    options = table_options(cursor)
    partitioning = partition_by(cursor) if cursor.at("PARTITION") else None
    if cursor.at("WITH", "SYSTEM"):
        raise cursor.syntax_error()
    if cursor.at_any("SELECT", "AS", "IGNORE", "REPLACE", "WITH", "("):
        raise cursor.unsupported("CREATE TABLE from a query is not supported")
    if cursor.at("TYPE"):  # what MySQL called ENGINE until 5.1
        raise cursor.syntax_error()
    cursor.expect_end()
    return CreateTable(table, elements, options, partitioning, **flags)  # type: ignore[arg-type]


def _elements(cursor: Cursor) -> tuple[Element, ...]:
    cursor.expect("(")
    if cursor.at_any("SELECT", "WITH", "("):
        raise cursor.unsupported("CREATE TABLE from a query is not supported")
    elements = [_element(cursor)]
    while cursor.accept(","):
        elements.append(_element(cursor))
    if not cursor.accept(")"):
        raise cursor.unsupported("unknown clause in a column list")
    return tuple(elements)


def _element(cursor: Cursor) -> Element:
    if cursor.at("PERIOD", "FOR"):
        raise cursor.unsupported("PERIOD is not supported")
    return constraint(cursor) if at_constraint(cursor) else column(cursor)


def table_options(cursor: Cursor) -> tuple[Option, ...]:
    """Options up to something that is none, with or without commas."""
    options: list[Option] = []
    while True:
        option = _option(cursor)
        if option is None:
            return tuple(options)
        options.append(option)
        if cursor.at(",") and _at_option(cursor, 1):
            cursor.take()


def _at_option(cursor: Cursor, distance: int = 0) -> bool:
    token = cursor.peek(distance)
    following = cursor.peek(distance + 1)
    if token.kind is not Kind.WORD:
        return False
    if token.value == "WITH":
        return cursor.target.mariadb and following.value == "SYSTEM"
    if token.value in ("DEFAULT",):
        return following.value in ("CHARSET", "CHARACTER", "CHAR", "COLLATE", "ENCRYPTION")
    if token.value in ("CHARACTER", "CHAR"):
        return following.value == "SET"
    if token.value in ("CHARSET", "COLLATE", "UNION", "TABLESPACE", "DATA"):
        return True
    return token.value in _INTEGER_OPTIONS | _WORD_OPTIONS | _STRING_OPTIONS


def at_option(cursor: Cursor) -> bool:
    """Whether a table option comes next."""
    return _at_option(cursor)


def _option(cursor: Cursor) -> Option | None:
    if not _at_option(cursor):
        return None
    position = cursor.position
    cursor.accept("DEFAULT")
    if cursor.at_any("CHARSET", "CHARACTER", "CHAR"):
        return Option("CHARSET", charset_clause(cursor), position)
    if cursor.accept("WITH", "SYSTEM", "VERSIONING"):
        return Option("SYSTEM VERSIONING", "1", position)
    name = cursor.take().value
    cursor.accept("=")
    if name == "COLLATE":
        value = "binary" if cursor.accept("BINARY") else cursor.word_or_string().lower()
        return Option(name, value, position)
    if name in _INTEGER_OPTIONS:
        if cursor.accept("DEFAULT"):
            return Option(name, "DEFAULT", position)
        return Option(name, str(cursor.integer()), position)
    if name in _WORD_OPTIONS:
        return Option(name, cursor.word_or_string(), position)
    if name in _STRING_OPTIONS:
        return Option(name, cursor.string(), position)
    raise cursor.unsupported("unknown table option", position)


def partition_by(cursor: Cursor) -> Partitioning:
    """``PARTITION BY …``"""
    position = cursor.position
    cursor.expect("PARTITION", "BY")
    linear = cursor.accept("LINEAR")
    method = cursor.accept_any("RANGE", "LIST", "HASH", "KEY")
    if method is None:
        raise cursor.unsupported("unknown partitioning")
    expression: Raw | None = None
    columns: tuple[str, ...] = ()
    algorithm = None
    if method == "KEY":
        if cursor.accept("ALGORITHM"):
            cursor.expect("=")
            algorithm = cursor.integer()
        columns = () if cursor.accept("(", ")") else cursor.names()
    elif method != "HASH" and cursor.accept("COLUMNS"):
        method += " COLUMNS"
        columns = cursor.names()
    else:
        expression = cursor.raw_parentheses()
    count = None
    if cursor.accept("PARTITIONS"):
        count = cursor.integer()
    if cursor.at("SUBPARTITION"):
        raise cursor.unsupported("subpartitions are not supported")
    definitions = partition_definitions(cursor) if cursor.at("(") else ()
    if count is not None and definitions and count != len(definitions):
        raise cursor.syntax_error()
    return Partitioning(
        method, expression, columns, count, linear, algorithm, definitions, position
    )


def partition_definitions(cursor: Cursor) -> tuple[PartitionDefinition, ...]:
    """``(PARTITION name VALUES …, …)``"""
    cursor.expect("(")
    partitions = [_partition(cursor)]
    while cursor.accept(","):
        partitions.append(_partition(cursor))
    cursor.expect(")")
    return tuple(partitions)


def _partition(cursor: Cursor) -> PartitionDefinition:
    position = cursor.position
    cursor.expect("PARTITION")
    name = cursor.identifier()
    values: tuple[Raw | None, ...] = ()
    kind = ""
    if cursor.accept("VALUES"):
        if cursor.accept("LESS", "THAN"):
            kind = "LESS THAN"
            values = (None,) if cursor.accept("MAXVALUE") else _bounds(cursor)
        else:
            cursor.expect("IN")
            kind = "IN"
            values = _bounds(cursor)
    elif cursor.target.mariadb and cursor.accept("DEFAULT"):
        kind = "DEFAULT"
    engine, comment = None, ""
    while True:
        if cursor.accept("STORAGE", "ENGINE") or cursor.accept("ENGINE"):
            cursor.accept("=")
            engine = cursor.word_or_string()
        elif cursor.accept("COMMENT"):
            cursor.accept("=")
            comment = cursor.string()
        elif cursor.at_any(",", ")"):
            return PartitionDefinition(name, values, engine, comment, kind, position)
        else:
            raise cursor.unsupported("unknown clause of a partition")


def _bounds(cursor: Cursor) -> tuple[Raw | None, ...]:
    """The values between two parentheses, cut at the commas between them."""
    cursor.expect("(")
    bounds: list[Raw | None] = []
    while True:
        start = cursor.position
        depth = 0
        while depth or not cursor.at_any(",", ")"):
            token = cursor.take()
            if token.kind is Kind.SYMBOL and token.text in "()":
                depth += 1 if token.text == "(" else -1
        text = cursor.text[start : cursor.tokens[cursor.index - 1].end]
        bounds.append(None if text.upper() == "MAXVALUE" else Raw(text, start))
        if cursor.accept(")"):
            return tuple(bounds)
        cursor.expect(",")
