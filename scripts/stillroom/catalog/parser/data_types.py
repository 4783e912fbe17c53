"""Parse data types: synonyms, lengths, members and character sets."""

from __future__ import annotations

from typing import Any

from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.parser.reserved_words import reserved_words
from stillroom.catalog.parser.syntax import TypeSpec
from stillroom.catalog.record import replace
from stillroom.catalog.target import Target

_STRINGS = """
    CHAR VARCHAR VARCHARACTER TINYTEXT TEXT MEDIUMTEXT LONGTEXT LONG ENUM SET NCHAR NVARCHAR
"""
_STRING_TYPES = frozenset(_STRINGS.split())
_NUMBERS = """
    TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT INT1 INT2 INT3 INT4 INT8 MIDDLEINT BOOL BOOLEAN
    DECIMAL DEC NUMERIC FIXED FLOAT DOUBLE FLOAT4 FLOAT8 REAL YEAR SERIAL
"""
_NUMERIC = frozenset(_NUMBERS.split())
_GEOMETRY_NAMES = """
    GEOMETRY POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION
    GEOMCOLLECTION
"""
GEOMETRIES = frozenset(_GEOMETRY_NAMES.split())
_OTHERS = """
    DATE TIME DATETIME TIMESTAMP BIT BINARY VARBINARY TINYBLOB BLOB MEDIUMBLOB LONGBLOB JSON
    SQL_TSI_YEAR
"""
_TYPES = _NUMERIC | _STRING_TYPES | GEOMETRIES | frozenset(_OTHERS.split())
_ORACLE = frozenset(["VARCHAR2", "CLOB", "RAW", "NUMBER"])  # words of sql_mode ORACLE


def data_type(cursor: Cursor) -> TypeSpec:
    """A type with its size and attributes, e.g. ``INT(11) UNSIGNED``."""
    position = cursor.position
    token = cursor.take()
    if token.kind is not Kind.WORD:
        raise cursor.syntax_error(token.start)
    name = token.value
    national = False
    if name == "NATIONAL":
        national, name = True, cursor.take().value
    elif name in ("NCHAR", "NVARCHAR"):
        national, name = True, name[1:]
    name = _second_word(cursor, name)
    spec = TypeSpec(name, national=national, real=token.value == "REAL", position=position)
    if not _exists(name, cursor.target):
        if cursor.target.mysql or name in _ORACLE or name in reserved_words(cursor.target):
            raise cursor.syntax_error(token.start)
        raise refusal(er.MARIADB_UNKNOWN_DATA_TYPE, token.text)
    if cursor.at("("):
        spec = _arguments(cursor, spec)
    return _type_attributes(cursor, spec)


def _exists(name: str, target: Target) -> bool:
    """Whether the server knows a type of that name."""
    match name:
        case "UUID":
            return target.mariadb_from(10, 7)
        case "INET4":
            return target.mariadb_from(10, 10)
        case "INET6":
            return target.mariadb
        case "VECTOR":
            return target.mysql_from(9, 0) or target.mariadb_from(11, 7)
    return name in _TYPES


def _second_word(cursor: Cursor, name: str) -> str:
    """Resolve the types of two words."""
    if name in ("DOUBLE", "REAL"):
        if name == "DOUBLE":
            cursor.accept("PRECISION")
        return "DOUBLE"
    if name in ("CHAR", "CHARACTER") and cursor.accept("VARYING"):
        return "VARCHAR"
    if name == "CHARACTER":
        return "CHAR"
    if name == "LONG":
        if cursor.accept("VARBINARY"):
            return "MEDIUMBLOB"
        if cursor.at_any("CHAR", "CHARACTER"):
            cursor.take()
            cursor.expect("VARYING")
        else:
            cursor.accept_any("VARCHAR", "VARCHARACTER")
        return "MEDIUMTEXT"
    return name


def _arguments(cursor: Cursor, spec: TypeSpec) -> TypeSpec:
    if spec.name in ("ENUM", "SET"):
        cursor.expect("(")
        values = [_member(cursor)]
        while cursor.accept(","):
            values.append(_member(cursor))
        cursor.expect(")")
        return replace(spec, values=tuple(values))
    cursor.expect("(")
    length = cursor.integer()
    scale = cursor.integer() if cursor.accept(",") else None
    cursor.expect(")")
    return replace(spec, length=length, scale=scale)


def _member(cursor: Cursor) -> str:
    if cursor.token.kind is Kind.NATIONAL:
        return cursor.take().value
    return cursor.string()


def _type_attributes(cursor: Cursor, spec: TypeSpec) -> TypeSpec:
    """UNSIGNED, ZEROFILL, CHARACTER SET … directly behind a type of that kind."""
    if spec.name in _NUMERIC:
        return _signs(cursor, spec)
    if spec.name in _STRING_TYPES:
        return _character_set(cursor, spec)
    if cursor.target.mariadb and spec.name in GEOMETRIES and cursor.accept("REF_SYSTEM_ID"):
        cursor.expect("=")
        cursor.integer()  # kept nowhere
    if cursor.at_any("UNSIGNED", "ZEROFILL", "SIGNED") or _at_charset(cursor):
        raise cursor.syntax_error()
    return spec


def _signs(cursor: Cursor, spec: TypeSpec) -> TypeSpec:
    changes: dict[str, Any] = {}
    while word := cursor.accept_any("UNSIGNED", "ZEROFILL", "SIGNED"):
        if word != "SIGNED":
            changes["unsigned"] = True
        if word == "ZEROFILL":
            changes["zerofill"] = True
    if _at_charset(cursor):
        raise cursor.syntax_error()
    return replace(spec, **changes) if changes else spec


def _at_charset(cursor: Cursor) -> bool:
    return cursor.at("CHARSET") or (
        cursor.at_any("CHARACTER", "CHAR") and cursor.peek().value == "SET"
    )


def _character_set(cursor: Cursor, spec: TypeSpec) -> TypeSpec:
    changes: dict[str, Any] = {}
    while True:
        if _at_charset(cursor):
            changes["charset"] = charset_clause(cursor)
        elif word := cursor.accept_any("ASCII", "UNICODE", "BYTE"):
            changes["charset"] = {"ASCII": "latin1", "UNICODE": "ucs2", "BYTE": "binary"}[word]
        elif cursor.accept("BINARY"):
            changes["binary"] = True
        else:
            return replace(spec, **changes) if changes else spec


def charset_clause(cursor: Cursor) -> str:
    """``CHARSET x`` or ``CHARACTER SET x``, with or without ``=``."""
    if not cursor.accept("CHARSET"):
        cursor.take()
        cursor.expect("SET")
    cursor.accept("=")
    if cursor.accept("BINARY"):
        return "binary"
    return cursor.word_or_string().lower()
