"""Resolve a type: from any synonym to what the server stores, within its limits."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import DataType
from stillroom.catalog.parser.syntax import TypeSpec
from stillroom.catalog.types.kinds import BLOBS, GEOMETRIES, STRINGS, WIDTHS
from stillroom.catalog.types.scope import TypeScope, wrong_size
from stillroom.catalog.types.strings import stringlike

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
_PLAIN = frozenset(["date", "json", "uuid", "inet6", "inet4", *GEOMETRIES])
_FRACTIONAL = frozenset(["time", "datetime", "timestamp"])
_MOST_DIMENSIONS = 16383  # of a VECTOR


def resolve_type(spec: TypeSpec, scope: TypeScope) -> DataType:  # noqa: C901 - one branch per case
    """The type as the server keeps it. Raises what the server raises for an impossible one."""
    name = _SYNONYMS.get(spec.name, spec.name.lower())
    if spec.real and {"REAL_AS_FLOAT", "ANSI"} & scope.session.sql_mode:
        name = "float"
    if name in WIDTHS:
        return _integer(name, spec, scope)
    if name in ("decimal", "float", "double"):
        return _real(name, spec, scope)
    if name in STRINGS or name in ("binary", "varbinary", *BLOBS):
        return stringlike(name, spec, scope)
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
        if spec.length is not None and not (name in GEOMETRIES and scope.target.mariadb):
            raise wrong_size(spec, scope)
        if name == "geometrycollection" and scope.target.mysql_from(8, 0, 11):
            name = "geomcollection"
        if name == "json" and scope.target.mariadb:
            return DataType("longtext", charset="utf8mb4", collation="utf8mb4_bin")
        return DataType(name, srid=spec.srid if scope.target.mysql else None)
    raise Unsupported(scope.statement, spec.position, f"the type {spec.name} is not supported")


def _integer(name: str, spec: TypeSpec, scope: TypeScope) -> DataType:
    signed, unsigned, _ = WIDTHS[name]
    length = spec.length
    if spec.name in ("BOOL", "BOOLEAN"):
        length = 1
    is_unsigned = spec.unsigned or spec.name == "SERIAL"
    if length is not None and length > 255:
        raise refusal(er.TOO_BIG_DISPLAYWIDTH, scope.column, 255)
    if spec.scale is not None:
        raise wrong_size(spec, scope)
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
        raise wrong_size(spec, scope)
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
            raise Unsupported(scope.statement, spec.position, "VECTOR(0) is not supported")
        return DataType("vector", length or 2048)
    if length is None:
        raise wrong_size(spec, scope)
    if length > _MOST_DIMENSIONS:
        raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, _MOST_DIMENSIONS)
    if length == 0 or spec.collation is not None:
        raise refusal(er.WRONG_FIELD_SPEC, scope.column)
    return DataType("vector", length)
