"""Indexes: names, limits, and those that the server creates or drops by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import widest_character
from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.keys.index_order import KeyScope, in_order
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, DataType, Index, KeyPart
from stillroom.catalog.parser.lexer import tokenize
from stillroom.catalog.parser.syntax import IndexSpec, KeyPartSpec, Raw
from stillroom.catalog.record import replace
from stillroom.catalog.target import Target
from stillroom.catalog.types.types import integer_bytes, is_blob, is_geometry, is_string

_MOST_KEYS = 64
_MOST_PARTS = {"mariadb": 32, "mysql": 16}
_LONGEST_NAME = 64
_LONGEST_COMMENT = 1024
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
_SPECIAL = ("FULLTEXT", "SPATIAL", "VECTOR")  # no trees of sorted values
_DISTANCES = ("euclidean", "cosine")
_DIGIT_BYTES = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)  # of DECIMAL, for 0 to 9 digits


def from_spec(spec: IndexSpec, scope: KeyScope) -> Index:
    """An index as written, not yet named or checked."""
    name = "PRIMARY" if spec.kind == "PRIMARY" else spec.name or ""
    if len(name) > _LONGEST_NAME:
        raise refusal(er.TOO_LONG_IDENT, name)
    if spec.kind != "PRIMARY" and name.upper() == "PRIMARY":
        raise refusal(er.WRONG_NAME_FOR_INDEX, name)
    if spec.name == "" or name.endswith(" "):
        raise refusal(er.WRONG_NAME_FOR_INDEX, name)
    if len(spec.comment) > _LONGEST_COMMENT:
        raise refusal(er.TOO_LONG_INDEX_COMMENT, name, _LONGEST_COMMENT)
    parts = []
    for part in spec.parts:
        if part.expression is not None:
            parts.append(_functional(part, part.expression, spec, scope))
            continue
        if part.length == 0:
            raise refusal(er.KEY_PART_0, part.column)
        parts.append(KeyPart(part.column, part.length or 0, _descending(part, spec, scope)))
    return Index(
        name,
        spec.kind,
        tuple(parts),
        _algorithm(spec, scope),
        spec.comment,
        spec.parser,
        spec.key_block_size if scope.target.mariadb else 0,
        spec.invisible,
        spec.ignored,
        _engine_options(spec),
        constraint=spec.constraint,
    )


def _engine_options(spec: IndexSpec) -> tuple[tuple[str, str], ...]:
    """The options of a VECTOR index: M, how many neighbours a node has, and DISTANCE."""
    options = []
    for name, value in spec.options:
        folded = name.lower()
        if spec.kind != "VECTOR" or folded not in ("m", "distance"):
            raise refusal(er.MARIADB_UNKNOWN_OPTION, name)
        if value is None:
            continue
        number = int(value) if value.isdigit() else 0
        valid = 3 <= number <= 200 if folded == "m" else value.lower() in _DISTANCES
        if not valid:
            raise refusal(er.MARIADB_BAD_OPTION_VALUE, value, name)
        options.append((name, value))
    return tuple(options)


def _functional(part: KeyPartSpec, raw: Raw, spec: IndexSpec, scope: KeyScope) -> KeyPart:
    """A part that is an expression, which MySQL keeps in a hidden virtual column."""
    if spec.kind == "PRIMARY":
        raise refusal(er.FUNCTIONAL_INDEX_PRIMARY_KEY)
    if spec.kind not in ("", "UNIQUE"):
        raise Unsupported(scope.statement, part.position, f"a {spec.kind} key on an expression")
    if len(tokenize(raw.text, scope.target, scope.session.sql_mode)) == 2:
        raise refusal(er.FUNCTIONAL_INDEX_ON_FIELD)
    return KeyPart("", 0, _descending(part, spec, scope), raw.text, raw)


def _descending(part: KeyPartSpec, spec: IndexSpec, scope: KeyScope) -> bool:
    """Whether a part is DESC, in a kind of index that has an order."""
    unordered = spec.kind in _SPECIAL or spec.algorithm == "HASH"
    if unordered and part.order and scope.target.mysql:
        raise refusal(er.WRONG_USAGE, "spatial/fulltext/hash index and explicit index order")
    if scope.target.mariadb and not scope.target.mariadb_from(10, 8):
        return False
    return part.order == "DESC" and not unordered


def _algorithm(spec: IndexSpec, scope: KeyScope) -> str | None:
    """What is printed behind USING. InnoDB of MySQL has no hash indexes and forgets the wish."""
    if spec.kind in _SPECIAL:
        return None
    if scope.target.mariadb and spec.kind in ("UNIQUE", "PRIMARY") and spec.algorithm == "HASH":
        raise Unsupported(scope.statement, spec.position, "a unique key USING HASH")
    if scope.target.mysql and spec.algorithm != "BTREE" and scope.engine == "InnoDB":
        return None
    return spec.algorithm


def prepare_keys(
    indexes: Sequence[Index], columns: Mapping[str, Column], scope: KeyScope
) -> tuple[Index, ...]:
    """Name, check and sort the keys of a table; drop those that the server made needlessly.

    ``indexes`` in the order in which the server meets them: those that exist, then new ones.
    """
    kept = _without_covered(list(indexes), columns, scope)
    _check_counts(kept, columns)
    settled: list[Index] = []
    names: set[str] = set()
    for index in kept:
        again = index.kind == "PRIMARY" and "primary" in names
        if again and scope.target.mysql:
            raise refusal(er.MULTIPLE_PRI_KEY)
        if scope.target.mysql and index.name and index.name.lower() in names:
            raise refusal(er.DUP_KEYNAME, index.name)
        checked = _checked(index, columns, scope)
        if again:
            raise refusal(er.MULTIPLE_PRI_KEY)
        if not checked.name:
            base = checked.parts[0].column or "functional_index"
            checked = replace(checked, name=_automatic_name(base, names))
        if checked.name.lower() in names:
            raise refusal(er.DUP_KEYNAME, checked.name)
        names.add(checked.name.lower())
        settled.append(checked)
    _check_auto_increment(settled, columns, scope)
    if scope.narrow:
        _check_narrow(settled, columns, scope.target)
    return in_order(settled, columns, scope)


def _check_counts(indexes: Sequence[Index], columns: Mapping[str, Column]) -> None:
    """What a table may have one of, or 64."""
    if sum(index.kind == "VECTOR" for index in indexes) > 1:
        raise refusal(er.NOT_SUPPORTED_YET, "multiple VECTOR indexes")
    if len(indexes) > _MOST_KEYS:
        raise refusal(er.TOO_MANY_KEYS, _MOST_KEYS)
    if sum(column.auto_increment for column in columns.values()) > 1:
        raise refusal(er.WRONG_AUTO_KEY)


def _without_covered(
    indexes: list[Index], columns: Mapping[str, Column], scope: KeyScope
) -> list[Index]:
    """Drop the generated keys that are a prefix of another key."""
    trees = [not _to_be_hashed(index, columns, scope) for index in indexes]
    dropped: set[int] = set()
    for place, index in enumerate(indexes):
        for other_place, other in enumerate(indexes[:place]):
            if other_place in dropped or not (trees[place] and trees[other_place]):
                continue
            if not _one_covers_the_other(index, other, scope):
                continue
            if not other.generated or (index.generated and len(index.parts) < len(other.parts)):
                dropped.add(place)
            else:
                dropped.add(other_place)
            break
    return [index for place, index in enumerate(indexes) if place not in dropped]


def _to_be_hashed(index: Index, columns: Mapping[str, Column], scope: KeyScope) -> bool:
    """Whether MariaDB hashes the key, which then serves no foreign key."""
    if index.kind != "UNIQUE" or scope.target.mysql:
        return False
    try:
        return _checked(index, columns, scope).hashed
    except DDLError:  # raised where the key is met
        return False


def _one_covers_the_other(one: Index, other: Index, scope: KeyScope) -> bool:
    """Whether a generated key is a prefix of the other one; ``one`` comes later."""
    if one.generated:
        short, long = one, other
        if other.generated and len(one.parts) > len(other.parts):
            short, long = other, one
    elif other.generated:
        short, long = other, one
    else:
        return False
    if len(short.parts) > len(long.parts):
        return False
    if long.kind == "FULLTEXT" and long is other:
        return False  # a later one servers take for good enough, and then miss the key
    covered = all(
        a.column.lower() == b.column.lower()
        and a.length == b.length
        and (scope.target.mariadb or a.descending == b.descending)
        for a, b in zip(short.parts, long.parts, strict=False)
    )
    if covered and long.kind == "FULLTEXT" and scope.target.mariadb:
        # A table that is copied loses the index of its foreign key without a word.
        raise Unsupported(scope.statement, 0, "a FULLTEXT key on the column of a foreign key")
    return covered


def _automatic_name(column: str, taken: set[str]) -> str:
    if column.lower() not in taken and column.upper() != "PRIMARY":
        return column
    for number in range(2, 100):
        name = f"{column}_{number}"
        if name.lower() not in taken:
            return name
    raise refusal(er.DUP_KEYNAME, column)


def _check_auto_increment(
    indexes: list[Index], columns: Mapping[str, Column], scope: KeyScope
) -> None:
    automatic = [column for column in columns.values() if column.auto_increment]
    if not automatic:
        return
    name = automatic[0].name.lower()
    places = (0,) if scope.engine != "MyISAM" else range(16)
    keyed = any(
        place < len(index.parts) and index.parts[place].column.lower() == name
        for index in indexes
        if index.kind not in _SPECIAL
        for place in places
    )
    if not keyed:
        raise refusal(er.WRONG_AUTO_KEY)


def _check_narrow(indexes: list[Index], columns: Mapping[str, Column], target: Target) -> None:
    for index in indexes:
        if index.kind in _SPECIAL or index.algorithm == "HASH":
            continue
        for part in index.parts:
            if part.expression is not None:
                continue
            if _part_bytes(part, columns[part.column.lower()].type) > 767:
                raise (
                    refusal(er.TOO_LONG_KEY, 767)
                    if target.mysql
                    else refusal(er.INDEX_COLUMN_TOO_LONG)
                )


def _checked(  # noqa: C901 - one check after the other
    index: Index, columns: Mapping[str, Column], scope: KeyScope
) -> Index:
    """The index with its columns spelled as the table does, its prefixes within limits."""
    most = _MOST_PARTS[scope.target.family]
    if len(index.parts) > most:
        raise refusal(er.TOO_MANY_KEY_PARTS, most)
    seen: set[str] = set()
    parts: list[KeyPart] = []
    hashed = False
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
        fitted, too_long = _fitted(replace(part, column=column.name), index, column, scope)
        hashed = hashed or too_long
        parts.append(fitted)
    if index.kind == "FULLTEXT":
        first = columns[parts[0].column.lower()].type.collation
        for part in parts:
            if columns[part.column.lower()].type.collation != first:
                raise refusal(er.BAD_FT_COLUMN, part.column)
    total = sum(
        _part_bytes(part, columns[part.column.lower()].type)
        for part in parts
        if part.expression is None
    )
    longest = 1000 if scope.engine == "MyISAM" else 3072
    if total > longest and not hashed and index.kind not in _SPECIAL:
        if index.kind == "UNIQUE" and scope.target.mariadb:
            hashed = True
        else:
            raise refusal(er.TOO_LONG_KEY, longest)
    if hashed:
        _check_hashed(index, columns, longest)
        parts = [replace(part, descending=False) for part in parts]
        return replace(index, parts=tuple(parts), algorithm="HASH", hashed=True)
    return replace(index, parts=tuple(parts))


def _check_hashed(index: Index, columns: Mapping[str, Column], longest: int) -> None:
    if index.algorithm == "BTREE":
        raise refusal(er.TOO_LONG_KEY, longest)
    for part in index.parts:
        if columns[part.column.lower()].auto_increment:
            raise refusal(
                er.MARIADB_NO_AUTOINCREMENT_WITH_UNIQUE,
                part.column,
                index.name or index.parts[0].column,
            )


def _fitted(part: KeyPart, index: Index, column: Column, scope: KeyScope) -> tuple[KeyPart, bool]:  # noqa: C901 - one branch per case
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
            raise Unsupported(scope.statement, 0, "a SPATIAL key on such a column")
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
        raise Unsupported(scope.statement, 0, f"a key on a column of type {kind.name}")
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
    size = _part_bytes(part, kind)
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
    longest = scope.longest_part // _width(kind)
    if kind.name in ("tinytext", "tinyblob"):
        longest = min(longest, 255)
    return replace(part, length=longest), False


def _too_long(part: KeyPart, index: Index, kind: DataType, scope: KeyScope) -> tuple[KeyPart, bool]:
    if scope.target.mariadb and index.kind == "UNIQUE" and not part.length:
        return part, True
    cut = index.kind == "" and (scope.target.mariadb or not scope.session.strict)
    if not cut or kind.name == "vector":
        raise refusal(er.TOO_LONG_KEY, scope.longest_part)
    return replace(part, length=scope.longest_part // _width(kind)), False


def _width(kind: DataType) -> int:
    return widest_character(kind.charset) if kind.charset else 1


def _part_bytes(part: KeyPart, kind: DataType) -> int:
    if part.length:
        return part.length * _width(kind)
    if is_blob(kind):
        return 0
    return type_bytes(kind)


def type_bytes(kind: DataType) -> int:
    """Bytes of a value, without the length in front of strings."""
    if kind.name in ("char", "varchar", "binary", "varbinary"):
        return (kind.length or 0) * _width(kind)
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
