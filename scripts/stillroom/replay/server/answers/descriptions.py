"""Describes columns and indexes as ``information_schema`` and SHOW do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from stillroom.catalog import Column, DataType, Index, Table
from stillroom.catalog.collations import widest_character
from stillroom.catalog.printing.text import type_text
from stillroom.replay.server.answers.context import QueryContext

Row: TypeAlias = "dict[str, Any]"

_PRECISION = {"tinyint": 3, "smallint": 5, "mediumint": 7, "int": 10, "bigint": 19}
_BYTES = {
    "tinytext": 255,
    "text": 65535,
    "mediumtext": 16777215,
    "longtext": 4294967295,
    "tinyblob": 255,
    "blob": 65535,
    "mediumblob": 16777215,
    "longblob": 4294967295,
}


PRIVILEGES = "select,insert,update,references"


def tables(context: QueryContext) -> Iterator[Table]:
    """All tables of all schemas."""
    yield from context.catalog.all_tables()


def base_row(context: QueryContext, table: Table, prefix: str = "TABLE") -> Row:
    """The columns that name a table; ``prefix`` is TABLE or CONSTRAINT."""
    return {
        f"{prefix}_CATALOG": "def",
        f"{prefix}_SCHEMA": context.shown_schema(table.schema),
        "TABLE_SCHEMA": context.shown_schema(table.schema),
        "TABLE_NAME": table.name,
    }


def columns(context: QueryContext) -> Iterator[Row]:
    """information_schema.COLUMNS."""
    for table in tables(context):
        for position, column in enumerate(table.columns, 1):
            yield {
                **base_row(context, table),
                "ORDINAL_POSITION": position,
                **_column(table, column),
            }


def _column(table: Table, column: Column) -> Row:
    kind = column.type
    characters = None
    octets = None
    if kind.name in _BYTES:
        octets = _BYTES[kind.name]
        characters = octets
    elif kind.name in ("char", "varchar", "binary", "varbinary"):
        characters = kind.length
        width = widest_character(kind.charset) if kind.charset else 1
        octets = (kind.length or 0) * width
    elif kind.name in ("enum", "set"):
        characters = _members(kind)
        octets = characters * (widest_character(kind.charset) if kind.charset else 1)
    return {
        "COLUMN_NAME": column.name,
        "COLUMN_DEFAULT": _default(table, column),
        "IS_NULLABLE": "YES" if column.nullable else "NO",
        "DATA_TYPE": kind.name,
        "CHARACTER_MAXIMUM_LENGTH": characters,
        "CHARACTER_OCTET_LENGTH": octets,
        "NUMERIC_PRECISION": _precision(kind),
        "NUMERIC_SCALE": 0 if kind.name in _PRECISION else kind.scale,
        "DATETIME_PRECISION": (kind.length or 0)
        if kind.name in ("datetime", "timestamp", "time")
        else None,
        "CHARACTER_SET_NAME": kind.charset,
        "COLLATION_NAME": kind.collation,
        "COLUMN_TYPE": type_text(kind),
        "COLUMN_KEY": _column_key(table, column),
        "EXTRA": _extra(table, column),
        "PRIVILEGES": PRIVILEGES,
        "COLUMN_COMMENT": column.comment,
        "IS_GENERATED": "NEVER" if column.generated is None else "ALWAYS",
        "SRS_ID": kind.srid,
        "GENERATION_EXPRESSION": column.generated or ("" if table.target.mysql else None),
    }


def _members(kind: DataType) -> int:
    """The characters that the longest value of an ENUM or a SET has."""
    lengths = [len(value) for value in kind.values]
    return max(lengths, default=0) if kind.name == "enum" else sum(lengths) + len(lengths) - 1


def _precision(kind: DataType) -> int | None:
    if kind.name == "bigint" and kind.unsigned:
        return 20
    if kind.name in _PRECISION:
        return _PRECISION[kind.name]
    return kind.length if kind.name == "decimal" else None


def _default(table: Table, column: Column) -> str | None:
    """MariaDB tells a default as SQL, MySQL as its bare value."""
    text = column.default
    if table.target.mariadb:
        return text if text is not None else ("NULL" if column.nullable else None)
    if text is None or text.upper() == "NULL":
        return None
    bare = text[1:-1].replace("''", "'") if text[:1] == "'" and text[-1:] == "'" else text
    return bare[1:-1] if column.default_is_expression and bare.startswith("(") else bare


def _column_key(table: Table, column: Column) -> str:
    role = ""
    for index in table.indexes:
        names = [name.lower() for name in index.columns]
        if column.name.lower() not in names:
            continue
        if index.kind == "PRIMARY":
            return "PRI"
        if names[0] == column.name.lower():
            single = index.kind == "UNIQUE" and len(names) == 1
            role = "UNI" if single else role or "MUL"
    return role


def _extra(table: Table, column: Column) -> str:
    words = []
    if column.auto_increment:
        words.append("auto_increment")
    now = (column.default or "").upper().startswith("CURRENT_TIMESTAMP")
    if table.target.mysql and (column.default_is_expression or now):
        words.append("DEFAULT_GENERATED")
    if column.on_update:
        mysql = table.target.mysql
        words.append(f"on update {column.on_update if mysql else column.on_update.lower()}")
    if column.generated is not None:
        words.append("STORED GENERATED" if column.stored else "VIRTUAL GENERATED")
    if column.invisible:
        words.append("INVISIBLE")
    return " ".join(words) if table.target.mysql else ", ".join(words)


def statistics(context: QueryContext) -> Iterator[Row]:
    """information_schema.STATISTICS."""
    for table in tables(context):
        for index in table.indexes:
            yield from _index(context, table, index)


def _index(context: QueryContext, table: Table, index: Index) -> Iterator[Row]:
    for position, part in enumerate(index.parts, 1):
        column = table.column(part.column)
        yield {
            **base_row(context, table),
            "NON_UNIQUE": int(not index.unique),
            "INDEX_SCHEMA": context.shown_schema(table.schema),
            "INDEX_NAME": index.name,
            "SEQ_IN_INDEX": position,
            "COLUMN_NAME": part.column if part.expression is None else None,
            "COLLATION": "D" if part.descending else "A",
            "SUB_PART": part.length or None,
            "NULLABLE": "YES" if column is not None and column.nullable else "",
            "INDEX_TYPE": index.kind
            if index.kind in ("FULLTEXT", "SPATIAL")
            else index.algorithm or "BTREE",
            "COMMENT": "",
            "INDEX_COMMENT": index.comment,
            "EXPRESSION": part.expression,
            "IS_VISIBLE": "NO" if index.invisible else "YES",
            "IGNORED": "YES" if index.ignored else "NO",
        }
