"""Resolve a type: from any synonym to what the server stores, within its limits."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import (
    charset_name,
    collation_charset,
    collation_name,
    default_collation,
    widest_character,
)
from stillroom.catalog.errors import DDLError, Unsupported, syntax_error
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import DataType
from stillroom.catalog.parser.syntax import TypeSpec
from stillroom.catalog.record import record, replace
from stillroom.catalog.session import Session
from stillroom.catalog.target import Target

_SYNONYMS = {
    "BOOL": "tinyint",
    "BOOLEAN": "tinyint",
    "INT1": "tinyint",
    "INT2": "smallint",
    "INT3": "mediumint",
    "MIDDLEINT": "mediumint",
    "INT4": "int",
    "INTEGER": "int",
    "INT8": "bigint",
    "SERIAL": "bigint",
    "DEC": "decimal",
    "NUMERIC": "decimal",
    "FIXED": "decimal",
    "FLOAT4": "float",
    "FLOAT8": "double",
    "VARCHARACTER": "varchar",
    "SQL_TSI_YEAR": "year",
    "GEOMETRYCOLLECTION": "geometrycollection",
    "GEOMCOLLECTION": "geometrycollection",
}
_WIDTHS = {  # of integers: digits when signed, when unsigned, bytes
    "tinyint": (4, 3, 1),
    "smallint": (6, 5, 2),
    "mediumint": (9, 8, 3),
    "int": (11, 10, 4),
    "bigint": (20, 20, 8),
}
_TEXTS = ("tinytext", "text", "mediumtext", "longtext")
_BLOBS = ("tinyblob", "blob", "mediumblob", "longblob")
_CAPACITY = (255, 65535, 16777215, 4294967295)
_GEOMETRY_NAMES = """
    geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection
"""
_GEOMETRIES = frozenset(_GEOMETRY_NAMES.split())
_PLAIN = frozenset(["date", "json", "uuid", "inet6", "inet4", *_GEOMETRIES])
_FRACTIONAL = frozenset(["time", "datetime", "timestamp"])
_STRINGS = frozenset(["char", "varchar", "enum", "set", *_TEXTS])
_ROW_LIMIT = 65535
_MOST_DIMENSIONS = 16383  # of a VECTOR


@record
class TypeScope:
    """What a type depends on: the server, the table's collation, the column's name."""

    target: Target
    session: Session
    collation: str
    column: str
    statement: str


def is_string(kind: DataType) -> bool:
    """Whether it has a charset."""
    return kind.name in _STRINGS


def is_blob(kind: DataType) -> bool:
    """Whether it is stored apart from the row: BLOB, TEXT, JSON, geometry."""
    return kind.name in _TEXTS or kind.name in _BLOBS or kind.name in ("json", *_GEOMETRIES)


def has_bare_default(kind: DataType) -> bool:
    """Whether MySQL prints no DEFAULT NULL for it."""
    return kind.name in _TEXTS or kind.name in _BLOBS


def is_geometry(kind: DataType) -> bool:
    """Whether it is a spatial type."""
    return kind.name in _GEOMETRIES


def is_integer(kind: DataType) -> bool:
    """Whether it is a type of whole numbers."""
    return kind.name in _WIDTHS


def integer_bytes(name: str) -> int:
    """How many bytes a value of that integer type takes."""
    return _WIDTHS[name][2]


def resolve_type(spec: TypeSpec, scope: TypeScope) -> DataType:  # noqa: C901 - one branch per case
    """The type as the server keeps it. Raises what the server raises for an impossible one."""
    name = _SYNONYMS.get(spec.name, spec.name.lower())
    if spec.real and {"REAL_AS_FLOAT", "ANSI"} & scope.session.sql_mode:
        name = "float"
    if name in _WIDTHS:
        return _integer(name, spec, scope)
    if name in ("decimal", "float", "double"):
        return _real(name, spec, scope)
    if name in _STRINGS or name in ("binary", "varbinary", *_BLOBS):
        return _stringlike(name, spec, scope)
    if name in _FRACTIONAL:
        return DataType(name, _fraction(spec, scope))
    if name == "bit":
        length = 1 if spec.length is None else spec.length
        if length > 64:
            raise refusal(er.TOO_BIG_DISPLAYWIDTH, scope.column, 64)
        if length == 0 and scope.target.mysql:
            raise refusal(er.INVALID_FIELD_SIZE, scope.column)
        return DataType(name, length or 1)
    if name == "year":
        return _year(spec, scope)
    if name == "vector":
        return _vector(spec, scope)
    if name in _PLAIN:
        if spec.length is not None and not (name in _GEOMETRIES and scope.target.mariadb):
            raise _wrong_size(spec, scope)
        if name == "geometrycollection" and scope.target.mysql_from(8, 0, 11):
            name = "geomcollection"
        if name == "json" and scope.target.mariadb:
            return DataType("longtext", charset="utf8mb4", collation="utf8mb4_bin")
        return DataType(name, srid=spec.srid if scope.target.mysql else None)
    raise Unsupported(scope.statement, spec.position, f"the type {spec.name}")


def _wrong_size(spec: TypeSpec, scope: TypeScope) -> DDLError:
    """What the server says to a size that the grammar does not have for the type."""
    return syntax_error(scope.target.product, scope.statement, spec.position)


def _integer(name: str, spec: TypeSpec, scope: TypeScope) -> DataType:
    signed, unsigned, _ = _WIDTHS[name]
    length = spec.length
    if spec.name in ("BOOL", "BOOLEAN"):
        length = 1
    is_unsigned = spec.unsigned or spec.name == "SERIAL"
    if length is not None and length > 255:
        raise refusal(er.TOO_BIG_DISPLAYWIDTH, scope.column, 255)
    if spec.scale is not None:
        raise _wrong_size(spec, scope)
    if not length:
        length = unsigned if is_unsigned else signed
    keeps_width = spec.zerofill or (name == "tinyint" and length == 1 and not is_unsigned)
    if scope.target.mysql_from(8, 0, 19) and not keeps_width:
        return DataType(name, unsigned=is_unsigned)
    return DataType(name, length, unsigned=is_unsigned, zerofill=spec.zerofill)


def _real(name: str, spec: TypeSpec, scope: TypeScope) -> DataType:
    length, scale = spec.length, spec.scale
    if name == "decimal":
        length, scale = length or 10, scale or 0
        _check_digits(length, scale, scope, widest=65)
    elif name == "float" and length is not None and scale is None:
        if length > 53:
            raise refusal(er.WRONG_FIELD_SPEC, scope.column)
        name, length = ("float" if length < 25 else "double"), None
    elif length is not None and scale is not None:
        _check_digits(length, scale, scope, widest=255)
    elif length is not None:
        raise _wrong_size(spec, scope)
    return DataType(name, length, scale, unsigned=spec.unsigned, zerofill=spec.zerofill)


def _check_digits(length: int, scale: int, scope: TypeScope, widest: int) -> None:
    most = 38 if scope.target.mariadb and widest == 65 else 30
    if scale > most:
        raise refusal(er.TOO_BIG_SCALE, scale, scope.column, most)
    if length > widest:
        number = er.TOO_BIG_PRECISION if widest == 65 else er.TOO_BIG_DISPLAYWIDTH
        details = (
            (length, scope.column, widest)
            if number == er.TOO_BIG_PRECISION
            else (scope.column, widest)
        )
        raise refusal(number, *details)
    if scale > length:
        raise refusal(er.M_BIGGER_THAN_D, scope.column)


def _fraction(spec: TypeSpec, scope: TypeScope) -> int | None:
    if spec.length is not None and spec.length > 6:
        raise refusal(er.TOO_BIG_PRECISION, spec.length, scope.column, 6)
    return spec.length or None


def _year(spec: TypeSpec, scope: TypeScope) -> DataType:
    if scope.target.mariadb and spec.length == 2:
        return DataType("year", 2)
    if spec.length not in (None, 4) and scope.target.mysql:
        raise refusal(er.INVALID_YEAR_COLUMN_LENGTH)
    return DataType("year", None if scope.target.mysql_from(8, 0, 19) else 4)


def _vector(spec: TypeSpec, scope: TypeScope) -> DataType:
    """A vector; ``length`` is how many numbers it has, of four bytes each."""
    length = spec.length
    if scope.target.mysql:
        if length is not None and length > _MOST_DIMENSIONS:
            raise refusal(er.DATA_TOO_LONG_FOR_VECTOR, 4 * length, length, scope.column)
        if spec.collation is not None:
            raise refusal(er.COLLATION_CHARSET_MISMATCH, spec.collation, "binary")
        if length == 0:
            raise Unsupported(scope.statement, spec.position, "VECTOR(0)")
        return DataType("vector", length or 2048)
    if length is None:
        raise _wrong_size(spec, scope)
    if length > _MOST_DIMENSIONS:
        raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, _MOST_DIMENSIONS)
    if length == 0 or spec.collation is not None:
        raise refusal(er.WRONG_FIELD_SPEC, scope.column)
    return DataType("vector", length)


def resolve_collation(
    charset: str | None, collation: str | None, scope_collation: str, target: Target
) -> str:
    """The full collation that a CHARACTER SET and a COLLATE mean together."""
    if charset is not None and charset != "default":
        name = charset_name(target, charset)
        if name is None:
            raise refusal(er.UNKNOWN_CHARACTER_SET, charset)
        if collation is None:
            return default_collation(name, target)
        full = collation_name(target, collation, name)
        if full is None:
            raise refusal(er.UNKNOWN_COLLATION, collation)
        if collation_charset(full) != name:
            raise refusal(er.COLLATION_CHARSET_MISMATCH, collation, name)
        return full
    if collation is None:
        return scope_collation
    full = collation_name(target, collation, collation_charset(scope_collation))
    if full is None:
        raise refusal(er.UNKNOWN_COLLATION, collation)
    return full


def _stringlike(name: str, spec: TypeSpec, scope: TypeScope) -> DataType:
    if name in ("binary", "varbinary", *_BLOBS):
        return _binary(name, spec.length, spec, scope)
    charset = "utf8mb3" if spec.national else spec.charset
    collation = resolve_collation(charset, spec.collation, scope.collation, scope.target)
    if spec.binary and spec.collation is None:
        collation = _binary_collation(collation)
    if collation == "binary" and name not in ("enum", "set"):
        name = {"char": "binary", "varchar": "varbinary"}.get(name) or _BLOBS[_TEXTS.index(name)]
        return _binary(name, spec.length, spec, scope)
    kind = DataType(name, charset=collation_charset(collation), collation=collation)
    if name in ("enum", "set"):
        return replace(kind, values=_members(name, spec, scope))
    width = widest_character(kind.charset or "")
    if name == "char":
        length = 1 if spec.length is None else spec.length
        if length > 255:
            raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, 255)
        return replace(kind, length=length)
    if name == "varchar":
        return _varchar(kind, spec, scope, width)
    if name == "text" and spec.length:
        return replace(kind, name=_sized(_TEXTS, spec.length * width))
    return kind


def _binary_collation(collation: str) -> str:
    charset = collation_charset(collation)
    return "binary" if charset == "binary" else f"{charset}_bin"


def _varchar(kind: DataType, spec: TypeSpec, scope: TypeScope, width: int) -> DataType:
    if spec.length is None:
        raise _wrong_size(spec, scope)
    if spec.length * width > _ROW_LIMIT:
        if scope.session.strict:
            raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, _ROW_LIMIT // width)
        return replace(kind, name=_sized(_TEXTS, spec.length * width))
    return replace(kind, length=spec.length)


def _binary(name: str, length: int | None, spec: TypeSpec, scope: TypeScope) -> DataType:
    if name == "binary":
        if length is not None and length > 255:
            raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, 255)
        return DataType(name, 1 if length is None else length)
    if name == "varbinary":
        if length is None:
            raise _wrong_size(spec, scope)
        if length > _ROW_LIMIT:
            if scope.session.strict:
                raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, _ROW_LIMIT)
            return DataType(_sized(_BLOBS, length))
        return DataType(name, length)
    if name == "blob" and length:
        return DataType(_sized(_BLOBS, length))
    return DataType(name)


def _sized(names: tuple[str, ...], size: int) -> str:
    """The smallest of four types that holds so many bytes."""
    for name, capacity in zip(names, _CAPACITY, strict=True):
        if size <= capacity:
            return name
    return names[-1]


def _members(name: str, spec: TypeSpec, scope: TypeScope) -> tuple[str, ...]:
    """The values of an ENUM or SET, without trailing blanks."""
    if not spec.values:
        raise _wrong_size(spec, scope)
    values = tuple(value.rstrip(" ") for value in spec.values)
    if name == "set" and len(values) > 64:
        raise refusal(er.TOO_BIG_SET, scope.column)
    seen: set[str] = set()
    for value in values:
        if name == "set" and "," in value:
            raise refusal(er.ILLEGAL_VALUE_FOR_TYPE, "set", value)
        folded = value.casefold()
        if folded in seen and scope.session.strict:
            raise refusal(er.DUPLICATED_VALUE_IN_TYPE, scope.column, value, name.upper())
        seen.add(folded)
    return values


def converted(kind: DataType, collation: str) -> DataType:
    """The type after CONVERT TO CHARACTER SET: texts grow when their characters do."""
    if not is_string(kind):
        return kind
    charset = collation_charset(collation)
    old, new = widest_character(kind.charset or ""), widest_character(charset)
    name = kind.name
    if name in _TEXTS and new > old:
        capacity = _CAPACITY[_TEXTS.index(name)]
        name = _sized(_TEXTS, min(capacity // old * new if old > 1 else capacity * new, 2**32 - 1))
    return replace(kind, name=name, charset=charset, collation=collation)
