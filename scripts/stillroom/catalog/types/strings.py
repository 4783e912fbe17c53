"""Resolve types of text and bytes: lengths, members, character sets and collations."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import (
    charset_name,
    collation_charset,
    collation_name,
    default_collation,
    widest_character,
)
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import DataType
from stillroom.catalog.parser.syntax import TypeSpec
from stillroom.catalog.record import replace
from stillroom.catalog.target import Target
from stillroom.catalog.types.kinds import BLOBS, TEXTS, is_string
from stillroom.catalog.types.scope import TypeScope, wrong_size

_CAPACITY = (255, 65535, 16777215, 4294967295)
_ROW_LIMIT = 65535


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


def stringlike(name: str, spec: TypeSpec, scope: TypeScope) -> DataType:
    """Resolve CHAR, VARCHAR, TEXT, ENUM, SET, BINARY, VARBINARY or BLOB."""
    if name in ("binary", "varbinary", *BLOBS):
        return _binary(name, spec.length, spec, scope)
    charset = "utf8mb3" if spec.national else spec.charset
    collation = resolve_collation(charset, spec.collation, scope.collation, scope.target)
    if spec.binary and spec.collation is None:
        collation = _binary_collation(collation)
    if collation == "binary" and name not in ("enum", "set"):
        name = {"char": "binary", "varchar": "varbinary"}.get(name) or BLOBS[TEXTS.index(name)]
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
        return replace(kind, name=_sized(TEXTS, spec.length * width))
    return kind


def _binary_collation(collation: str) -> str:
    charset = collation_charset(collation)
    return "binary" if charset == "binary" else f"{charset}_bin"


def _varchar(kind: DataType, spec: TypeSpec, scope: TypeScope, width: int) -> DataType:
    if spec.length is None:
        raise wrong_size(spec, scope)
    if spec.length * width > _ROW_LIMIT:
        if scope.session.strict:
            raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, _ROW_LIMIT // width)
        return replace(kind, name=_sized(TEXTS, spec.length * width))
    return replace(kind, length=spec.length)


def _binary(name: str, length: int | None, spec: TypeSpec, scope: TypeScope) -> DataType:
    if name == "binary":
        if length is not None and length > 255:
            raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, 255)
        return DataType(name, 1 if length is None else length)
    if name == "varbinary":
        if length is None:
            raise wrong_size(spec, scope)
        if length > _ROW_LIMIT:
            if scope.session.strict:
                raise refusal(er.TOO_BIG_FIELDLENGTH, scope.column, _ROW_LIMIT)
            return DataType(_sized(BLOBS, length))
        return DataType(name, length)
    if name == "blob" and length:
        return DataType(_sized(BLOBS, length))
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
        raise wrong_size(spec, scope)
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
    if name in TEXTS and new > old:
        capacity = _CAPACITY[TEXTS.index(name)]
        name = _sized(TEXTS, min(capacity // old * new if old > 1 else capacity * new, 2**32 - 1))
    return replace(kind, name=name, charset=charset, collation=collation)
