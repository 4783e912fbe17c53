"""Parse column definitions: types, defaults and attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.keys import check, reference
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.parser.reserved_words import reserved_words
from stillroom.catalog.parser.syntax import ColumnSpec, Literal, Now, Raw, TypeSpec, Value
from stillroom.catalog.record import replace
from stillroom.catalog.target import Target

_CONSTANTS = (Kind.STRING, Kind.NATIONAL, Kind.NUMBER, Kind.HEX, Kind.BIT)
_NOW = ("NOW", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP")
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
_GEOMETRIES = frozenset(_GEOMETRY_NAMES.split())
_OTHERS = """
    DATE TIME DATETIME TIMESTAMP BIT BINARY VARBINARY TINYBLOB BLOB MEDIUMBLOB LONGBLOB JSON
    SQL_TSI_YEAR
"""
_TYPES = _NUMERIC | _STRING_TYPES | _GEOMETRIES | frozenset(_OTHERS.split())
_ORACLE = frozenset(["VARCHAR2", "CLOB", "RAW", "NUMBER"])  # words of sql_mode ORACLE


def column(cursor: Cursor) -> ColumnSpec:
    """``name type attribute …``"""
    position = cursor.position
    name = cursor.column_name()
    spec = ColumnSpec(name, data_type(cursor), position=position)
    if spec.type.name == "SERIAL":
        spec = replace(spec, nullable=False, auto_increment=True, key="UNIQUE")
    return _Attributes(cursor, spec).read()


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
    if cursor.target.mariadb and spec.name in _GEOMETRIES and cursor.accept("REF_SYSTEM_ID"):
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
        cursor.at_any("CHARACTER", "CHAR") and cursor.ahead().value == "SET"
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


def now(cursor: Cursor) -> Now | None:
    """CURRENT_TIMESTAMP, NOW() and their synonyms, if one of them comes next."""
    position = cursor.position
    word = cursor.token.value if cursor.token.kind is Kind.WORD else ""
    if word not in _NOW or (word == "NOW" and cursor.ahead().text != "("):
        return None
    cursor.take()
    fsp = 0
    if cursor.accept("("):
        if not cursor.at(")"):
            fsp = cursor.integer()
        cursor.expect(")")
    return Now(fsp, position)


def default_value(cursor: Cursor) -> Value:
    """What stands behind DEFAULT."""
    moment = now(cursor)
    if moment is not None:
        return moment
    token = cursor.token
    if token.text == "(":
        raw = cursor.raw_parentheses()
        return _constant(cursor, raw) if cursor.target.mariadb else raw
    if token.kind is Kind.WORD:
        return _word_default(cursor)
    if token.kind is Kind.NAME and cursor.target.mariadb:  # another column
        cursor.take()
        return Raw(token.text, token.start)
    return literal(cursor)


def altered_default(cursor: Cursor) -> Value:
    """What stands behind SET DEFAULT, where MySQL too takes a constant out of its parentheses."""
    value = default_value(cursor)
    return _constant(cursor, value) if isinstance(value, Raw) else value


def _constant(cursor: Cursor, raw: Raw) -> Value:
    """The constant that ``raw`` is, however many parentheses are around it; else ``raw``."""
    inner = Cursor(raw.text, cursor.target, cursor.sql_mode)
    depth = 0
    while inner.accept("("):
        depth += 1
    token = inner.token
    moment = token.value in ("DATE", "TIME", "TIMESTAMP") and inner.ahead().kind is Kind.STRING
    if moment and cursor.target.mysql:
        raise cursor.unsupported("a temporal literal in parentheses", raw.position)
    constant = moment or token.value in ("NULL", "TRUE", "FALSE") or token.value.startswith("_")
    if token.kind not in _CONSTANTS and not (token.kind is Kind.WORD and constant):
        return raw
    value = default_value(inner)
    while depth and inner.accept(")"):
        depth -= 1
    if not inner.at_end or not isinstance(value, Literal):
        return raw
    return replace(value, position=raw.position)


def _word_default(cursor: Cursor) -> Value:
    token = cursor.token
    if token.value in ("NULL", "TRUE", "FALSE"):
        cursor.take()
        if token.value == "NULL":
            return Literal("null", "NULL", token.start)
        return Literal("boolean", "1" if token.value == "TRUE" else "0", token.start)
    if token.value.startswith("_"):
        cursor.take()
        if cursor.token.kind in (Kind.STRING, Kind.HEX, Kind.BIT):
            return literal(cursor)
        raise cursor.syntax_error()
    if token.value in ("DATE", "TIME", "TIMESTAMP") and cursor.ahead().kind is Kind.STRING:
        cursor.take()
        return replace(literal(cursor), position=token.start)
    if cursor.target.mariadb and token.value in ("NEXT", "PREVIOUS"):
        cursor.take()
        cursor.expect("VALUE", "FOR")
        cursor.table_name()
        end = cursor.tokens[cursor.index - 1].end
        return Raw(cursor.text[token.start : end], token.start)
    if cursor.target.mariadb and cursor.ahead().text == "(":
        cursor.take()
        cursor.raw_parentheses()
        end = cursor.tokens[cursor.index - 1].end
        return Raw(cursor.text[token.start : end], token.start)
    if cursor.target.mariadb and token.value in (
        "CURRENT_USER",
        "CURRENT_ROLE",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "UTC_TIMESTAMP",
        "UTC_DATE",
        "UTC_TIME",
    ):
        cursor.take()
        return Raw(token.text, token.start)
    if cursor.target.mysql or token.value in reserved_words(cursor.target):
        raise cursor.syntax_error()
    cursor.take()  # another column
    return Raw(token.text, token.start)


def literal(cursor: Cursor) -> Literal:
    """A constant with an optional sign; adjacent strings are one."""
    position = cursor.position
    sign = ""
    while cursor.at_any("+", "-"):
        if cursor.take().text == "-":
            sign = "" if sign else "-"
    token = cursor.take()
    if token.kind is Kind.NUMBER:
        return Literal("number", sign + token.text, position)
    if sign:
        raise cursor.unsupported("a sign before what is not a number", position)
    if token.kind in (Kind.STRING, Kind.NATIONAL):
        value = token.value
        while cursor.at_string():
            value += cursor.take().value
        return Literal("string", value, position)
    if token.kind is Kind.HEX:
        quoted = cursor.target.mariadb and token.text[:1] in "xX"  # there it is no number
        return Literal("hex string" if quoted else "hex", token.value, position)
    if token.kind is Kind.BIT:
        return Literal("bit", token.value, position)
    raise cursor.syntax_error(token.start)


@dataclass
class _Attributes:
    """Reads the attributes behind a type into a ColumnSpec."""

    cursor: Cursor
    spec: ColumnSpec

    def read(self) -> ColumnSpec:
        while not self.cursor.at_end and not self.cursor.at_any(",", ")", ";"):
            if self._out_of_order():
                raise self.cursor.syntax_error()
            if not (self._value() or self._key() or self._other()):
                break
        return self.spec

    def _out_of_order(self) -> bool:
        """Where MariaDB wants nothing more of that kind."""
        cursor, spec = self.cursor, self.spec
        if cursor.target.mysql:
            return spec.generated is None and spec.nullable is not None and cursor.at("AS")
        if spec.checks:
            return not cursor.at_any("FIRST", "AFTER", "REFERENCES")
        if spec.generated is not None:
            return cursor.at_any("NOT", "NULL", "DEFAULT", "PRIMARY", "ON", "AUTO_INCREMENT")
        return cursor.at_any("AS", "GENERATED") and spec != replace(
            spec, nullable=None, default=None, comment="", key=None
        )

    def _set(self, **changes: Any) -> bool:
        self.spec = replace(self.spec, **changes)
        return True

    def _value(self) -> bool:
        """NULL, DEFAULT, ON UPDATE, AUTO_INCREMENT, GENERATED."""
        cursor = self.cursor
        if cursor.accept("NOT", "NULL"):
            return self._set(nullable=False)
        if cursor.accept("NULL"):
            return self._set(nullable=True)
        if cursor.accept("DEFAULT"):
            return self._set(default=default_value(cursor))
        if cursor.at("ON", "UPDATE"):
            cursor.expect("ON", "UPDATE")
            if cursor.target.mariadb_from(11, 8) and cursor.token.value.startswith("LOCALTIME"):
                raise cursor.syntax_error()
            moment = now(cursor)
            if moment is None:
                raise cursor.syntax_error()
            return self._set(on_update=moment)
        if cursor.accept("AUTO_INCREMENT"):
            return self._set(auto_increment=True)
        if cursor.at("GENERATED") or cursor.at("AS"):
            return self._generated()
        return False

    def _generated(self) -> bool:
        cursor = self.cursor
        if cursor.accept("GENERATED"):
            cursor.expect("ALWAYS")
        cursor.expect("AS")
        if not cursor.at("("):
            raise cursor.unsupported("system versioning")
        expression = cursor.raw_parentheses()
        stored = False
        if cursor.accept_any("STORED", "PERSISTENT"):
            stored = True
        else:
            cursor.accept("VIRTUAL")
        return self._set(generated=expression, stored=stored)

    def _key(self) -> bool:
        """PRIMARY KEY, UNIQUE, KEY, CHECK, REFERENCES."""
        cursor, spec = self.cursor, self.spec
        if cursor.accept("PRIMARY"):
            cursor.expect("KEY")
            return self._set(key="PRIMARY")
        if cursor.accept("UNIQUE"):
            cursor.accept("KEY")
            return self._set(key="UNIQUE")
        if cursor.accept("KEY"):
            return self._set(key="PRIMARY")
        if cursor.at("CONSTRAINT") or cursor.at("CHECK"):
            own_check = replace(check(cursor), column=spec.name)
            return self._set(checks=(*spec.checks, own_check))
        if cursor.at("REFERENCES"):
            return self._set(reference=reference(cursor))
        return False

    def _other(self) -> bool:
        cursor, spec = self.cursor, self.spec
        if cursor.accept("COMMENT"):
            return self._set(comment=cursor.string())
        if cursor.accept("COLLATE"):
            cursor.accept("=")
            name = "binary" if cursor.accept("BINARY") else cursor.word_or_string().lower()
            return self._set(type=replace(spec.type, collation=name))
        if cursor.accept("INVISIBLE"):
            return self._set(invisible=True)
        if cursor.accept("VISIBLE"):
            return True
        if cursor.accept("SERIAL"):
            cursor.expect("DEFAULT", "VALUE")
            return self._set(auto_increment=True, nullable=False, key="UNIQUE")
        if cursor.target.mysql and cursor.accept("SRID"):
            return self._srid()
        if cursor.target.mariadb and self._of_mariadb():
            return True
        return self._ignored()

    def _of_mariadb(self) -> bool:
        cursor = self.cursor
        if cursor.accept("COMPRESSED"):
            if cursor.accept("="):
                raise cursor.unsupported("a method of compression")
            return self._set(compressed=True)
        if cursor.accept("WITH", "SYSTEM", "VERSIONING"):
            return self._set(versioned=True)
        if cursor.accept("WITHOUT", "SYSTEM", "VERSIONING"):
            return self._set(versioned=False)
        return False

    def _srid(self) -> bool:
        if self.spec.type.name not in _GEOMETRIES:
            raise refusal(er.WRONG_USAGE, "SRID and non-geometry column")
        return self._set(type=replace(self.spec.type, srid=self.cursor.integer()))

    def _ignored(self) -> bool:
        """What NDB alone looks at: printed back in a comment, so it is not just dropped."""
        words = ("SRID", "REF_SYSTEM_ID", "WITH", "WITHOUT")
        if self.cursor.at_any(*words):  # of the other family, or out of place
            raise self.cursor.syntax_error()
        if self.cursor.at_any("COLUMN_FORMAT", "STORAGE", "ENGINE_ATTRIBUTE"):
            raise self.cursor.unsupported("an attribute for another engine")
        return False
