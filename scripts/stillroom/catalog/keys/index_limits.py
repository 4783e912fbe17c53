"""The limits of indexes: how many parts and bytes they may have, and prefixes that fit in them."""

from __future__ import annotations

from collections.abc import Mapping

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import widest_character
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.keys.index_order import KeyScope
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, DataType, Index, KeyPart
from stillroom.catalog.record import replace
from stillroom.catalog.types.kinds import integer_bytes, is_blob, is_geometry, is_string

SPECIAL = ("FULLTEXT", "SPATIAL", "VECTOR")  # no trees of sorted values

_MOST_PARTS = {"mariadb": 32, "mysql": 16}
_FIXED_BYTES = {
    "date": 3,
    "time": 3,
    "datetime": 5,
    "timestamp": 4,
    "year": 1,
    "float": 4,
    "double": 8,
    "uuid": 16,
    "inet6": 16,
    "inet4": 4,
}
_DIGIT_BYTES = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)  # of DECIMAL, for 0 to 9 digits


def within_limits(  # noqa: C901 - one check after the other
    index: Index, columns: Mapping[str, Column], scope: KeyScope
) -> Index:
    """The index with its columns spelled as the table does, its prefixes within limits."""
    most = _MOST_PARTS[scope.target.family]
    if len(index.parts) > most:
        raise refusal(er.TOO_MANY_KEY_PARTS, most)
    seen: set[str] = set()
    parts: list[KeyPart] = []
    hashed = _hash_is_wanted(index, scope)
    for part in index.parts:
        if part.expression is not None:
            parts.append(part)
            continue
        column = columns.get(part.column.lower())
        if column is None:
            raise refusal(er.KEY_COLUMN_DOES_NOT_EXIST, part.column)
        if part.column.lower() in seen:
            raise refusal(er.DUP_FIELDNAME, part.column)
        seen.add(part.column.lower())
        fitted, too_long = fitted_part(replace(part, column=column.name), index, column, scope)
        hashed = hashed or too_long
        parts.append(fitted)
    if index.kind == "FULLTEXT":
        first = columns[parts[0].column.lower()].type.collation
        for part in parts:
            if columns[part.column.lower()].type.collation != first:
                raise refusal(er.BAD_FT_COLUMN, part.column)
    total = sum(
        part_bytes(part, columns[part.column.lower()].type)
        for part in parts
        if part.expression is None
    )
    longest = 1000 if scope.engine == "MyISAM" else 3072
    if total > longest and not hashed and index.kind not in SPECIAL:
        if index.kind == "UNIQUE" and scope.target.mariadb:
            hashed = True
        else:
            raise refusal(er.TOO_LONG_KEY, longest)
    if hashed:
        _check_hashed(index, columns, longest)
        parts = [replace(part, descending=False) for part in parts]
        return replace(index, parts=tuple(parts), algorithm="HASH", hashed=True)
    return replace(index, parts=tuple(parts))


def _hash_is_wanted(index: Index, scope: KeyScope) -> bool:
    """Whether MariaDB hashes the key because it is declared, or was printed, USING HASH."""
    wanted = index.kind == "UNIQUE" and index.algorithm == "HASH"
    return wanted and scope.target.mariadb and scope.engine != "MEMORY"  # which has such indexes


def _check_hashed(index: Index, columns: Mapping[str, Column], longest: int) -> None:
    if index.algorithm == "BTREE":
        raise refusal(er.TOO_LONG_KEY, longest)
    for part in index.parts:
        if not columns[part.column.lower()].auto_increment:
            continue
        name = index.name or index.parts[0].column
        if index.algorithm == "HASH":
            clause = ("AUTO_INCREMENT", "USING HASH", name)
            raise refusal(er.MARIADB_FUNCTION_NOT_ALLOWED_IN_CLAUSE, *clause)
        raise refusal(er.MARIADB_NO_AUTOINCREMENT_WITH_UNIQUE, part.column, name)


def fitted_part(  # noqa: C901 - one branch per case
    part: KeyPart, index: Index, column: Column, scope: KeyScope
) -> tuple[KeyPart, bool]:
    """One part with its final prefix, and whether MariaDB has to hash the key for it."""
    kind = column.type
    if index.kind == "FULLTEXT":
        virtual = column.generated is not None and not column.stored
        if virtual and scope.target.mysql:
            raise refusal(
                er.UNSUPPORTED_ACTION_ON_GENERATED_COLUMN,
                "Fulltext index on virtual generated column",
            )
        if not is_string(kind) or kind.name in ("enum", "set"):
            raise refusal(er.BAD_FT_COLUMN, column.name)
        if virtual:
            raise refusal(er.MARIADB_UNSUPPORTED_ACTION_ON_GENERATED_COLUMN)
        return replace(part, length=0), False
    if index.kind == "SPATIAL":
        if not is_geometry(kind):
            raise Unsupported(
                scope.statement, 0, "a SPATIAL key on a column of this type is not supported"
            )
        if column.nullable:
            raise refusal(er.SPATIAL_CANT_HAVE_NULL, index.kind)
        return replace(part, length=0), False
    if index.kind == "VECTOR":
        if kind.name != "vector":
            raise refusal(er.WRONG_ARGUMENTS, "VECTOR INDEX")
        if column.nullable:
            raise refusal(er.SPATIAL_CANT_HAVE_NULL, index.kind)
        return part, False
    if index.kind == "PRIMARY" and column.name.lower() in scope.contradicted:
        raise refusal(er.PRIMARY_CANT_HAVE_NULL)
    if kind.name == "json":
        raise refusal(er.JSON_USED_AS_KEY, column.name)
    if kind.name == "vector" and scope.target.mysql:
        raise refusal(er.NON_SCALAR_USED_AS_KEY, column.name)
    if is_geometry(kind):
        raise Unsupported(
            scope.statement, 0, f"a key on a column of type {kind.name} is not supported"
        )
    if index.kind == "PRIMARY" and column.generated is not None:
        if scope.target.mariadb:
            raise refusal(er.MARIADB_PRIMARY_KEY_BASED_ON_GENERATED_COLUMN)
        if not column.stored:
            raise refusal(
                er.UNSUPPORTED_ACTION_ON_GENERATED_COLUMN,
                "Defining a virtual generated column as primary key",
            )
    if part.length:
        part = _with_prefix(part, kind)
    if is_blob(kind) and not part.length:
        return _whole_blob(part, index, kind, scope)
    size = part_bytes(part, kind)
    if size <= scope.longest_part:
        return part, False
    return _too_long(part, index, kind, scope)


def _with_prefix(part: KeyPart, kind: DataType) -> KeyPart:
    prefixable = (is_string(kind) and kind.name not in ("enum", "set")) or kind.name in (
        "binary",
        "varbinary",
    )
    if not prefixable and not is_blob(kind):
        if kind.name in ("enum", "set") or part.length != type_bytes(kind):
            raise refusal(er.WRONG_SUB_KEY)
        return replace(part, length=0)  # as long as every value is
    if kind.length is not None:
        if part.length > kind.length:
            raise refusal(er.WRONG_SUB_KEY)
        if part.length == kind.length:
            return replace(part, length=0)
    if kind.name in ("tinytext", "tinyblob") and part.length > 255:
        raise refusal(er.WRONG_SUB_KEY)
    return part


def _whole_blob(
    part: KeyPart, index: Index, kind: DataType, scope: KeyScope
) -> tuple[KeyPart, bool]:
    if scope.target.mysql or index.kind == "PRIMARY":
        raise refusal(er.BLOB_KEY_WITHOUT_LENGTH, part.column)
    if index.kind == "UNIQUE":
        return part, True
    longest = scope.longest_part // character_bytes(kind)
    if kind.name in ("tinytext", "tinyblob"):
        longest = min(longest, 255)
    return replace(part, length=longest), False


def _too_long(part: KeyPart, index: Index, kind: DataType, scope: KeyScope) -> tuple[KeyPart, bool]:
    if scope.target.mariadb and index.kind == "UNIQUE" and not part.length:
        return part, True
    cut = index.kind == "" and (scope.target.mariadb or not scope.session.strict)
    if not cut or kind.name == "vector":
        raise refusal(er.TOO_LONG_KEY, scope.longest_part)
    return replace(part, length=scope.longest_part // character_bytes(kind)), False


def character_bytes(kind: DataType) -> int:
    """Bytes of the widest character of a type; 1 for types without characters."""
    return widest_character(kind.charset) if kind.charset else 1


def part_bytes(part: KeyPart, kind: DataType) -> int:
    """How many bytes of a key a part takes; 0 for a blob without a prefix."""
    if part.length:
        return part.length * character_bytes(kind)
    if is_blob(kind):
        return 0
    return type_bytes(kind)


def type_bytes(kind: DataType) -> int:
    """Bytes of a value, without the length in front of strings."""
    if kind.name in ("char", "varchar", "binary", "varbinary"):
        return (kind.length or 0) * character_bytes(kind)
    if kind.name == "decimal":
        scale = kind.scale or 0
        return sum(
            digits // 9 * 4 + _DIGIT_BYTES[digits % 9]
            for digits in ((kind.length or 0) - scale, scale)
        )
    if kind.name == "vector":
        return 4 * (kind.length or 0)
    if kind.name == "enum":
        return 1 if len(kind.values) < 256 else 2
    if kind.name == "set":
        size = (len(kind.values) + 7) // 8
        return size if size <= 4 else 8
    if kind.name == "bit":
        return ((kind.length or 1) + 7) // 8
    if kind.name in _FIXED_BYTES:
        return _FIXED_BYTES[kind.name] + ((kind.length or 0) + 1) // 2 * (
            kind.name in ("time", "datetime", "timestamp")
        )
    return integer_bytes(kind.name)
