"""Indexes: names, limits, and those that the server creates or drops by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.keys.index_limits import SPECIAL, fitted_part, part_bytes, within_limits
from stillroom.catalog.keys.index_order import KeyScope, in_order
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, Index, KeyPart
from stillroom.catalog.parser.lexer import Kind, Token, tokenize
from stillroom.catalog.parser.syntax import IndexSpec, KeyPartSpec, Raw
from stillroom.catalog.record import replace
from stillroom.catalog.table_expressions import Formulas
from stillroom.catalog.target import Target

_MOST_KEYS = 64
_LONGEST_NAME = 64
_LONGEST_COMMENT = 1024
_DISTANCES = ("euclidean", "cosine")


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
        raise Unsupported(
            scope.statement, part.position, f"a {spec.kind} key on an expression is not supported"
        )
    tokens = tokenize(raw.text, scope.target, scope.session.sql_mode)
    if len(tokens) == 2:
        raise refusal(er.FUNCTIONAL_INDEX_ON_FIELD)
    if part.order and _has_many_values(tokens):
        raise refusal(er.WRONG_USAGE, "multi-valued index and explicit index order")
    return KeyPart("", 0, _descending(part, spec, scope), raw.text, raw)


def _has_many_values(tokens: Sequence[Token]) -> bool:
    """Whether a part of a key is a CAST to an ARRAY; no name can be written so without quotes."""
    return any(token.kind is Kind.WORD and token.value == "ARRAY" for token in tokens)


def _descending(part: KeyPartSpec, spec: IndexSpec, scope: KeyScope) -> bool:
    """Whether a part is DESC, in a kind of index that has an order."""
    unordered = spec.kind in SPECIAL or spec.algorithm == "HASH"
    if unordered and part.order and scope.target.mysql:
        raise refusal(er.WRONG_USAGE, "spatial/fulltext/hash index and explicit index order")
    if scope.target.mariadb and not scope.target.mariadb_from(10, 8):
        return False
    return part.order == "DESC" and not unordered


def _algorithm(spec: IndexSpec, scope: KeyScope) -> str | None:
    """What is printed behind USING. InnoDB of MySQL has no hash indexes and forgets the wish."""
    if spec.kind in SPECIAL:
        return None
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
        checked = _with_nullability(within_limits(index, columns, scope), columns, scope)
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


def _with_nullability(index: Index, columns: Mapping[str, Column], scope: KeyScope) -> Index:
    """The key, which remembers whether MySQL took its new expressions for ones that may be NULL.

    Their hidden columns are made before a primary key changes the others.
    """
    if all(part.written is None for part in index.parts):
        return index
    formulas = Formulas(scope.target, scope.session, "", scope.statement)
    loose = [
        replace(column, nullable=column.nullable or name in scope.tightened)
        for name, column in columns.items()
    ]
    parts = (
        replace(part, nullable=formulas.is_nullable(part.written.text, loose, index.name))
        if part.written is not None
        else part
        for part in index.parts
    )
    return replace(index, parts=tuple(parts))


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
            if not _one_covers_the_other(index, other, columns, scope):
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
        return within_limits(index, columns, scope).hashed
    except DDLError:  # raised where the key is met
        return False


def _one_covers_the_other(
    one: Index, other: Index, columns: Mapping[str, Column], scope: KeyScope
) -> bool:
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
        and _prefix(a, short, columns, scope) == _prefix(b, long, columns, scope)
        and (scope.target.mariadb or a.descending == b.descending)
        for a, b in zip(short.parts, long.parts, strict=False)
    )
    if covered and long.kind == "FULLTEXT" and scope.target.mariadb:
        # A table that is copied loses the index of its foreign key without a word.
        raise Unsupported(
            scope.statement, 0, "a FULLTEXT key on a column of a foreign key is not supported"
        )
    return covered


def _prefix(part: KeyPart, index: Index, columns: Mapping[str, Column], scope: KeyScope) -> int:
    """How much of a column is in a key: 0 for all, in MariaDB also by a prefix of its length."""
    column = columns.get(part.column.lower())
    if not part.length or column is None or scope.target.mysql:
        return part.length
    try:
        return fitted_part(part, index, column, scope)[0].length
    except DDLError:  # raised where the key is met
        return part.length


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
        if index.kind not in SPECIAL
        for place in places
    )
    if not keyed:
        raise refusal(er.WRONG_AUTO_KEY)


def _check_narrow(indexes: list[Index], columns: Mapping[str, Column], target: Target) -> None:
    for index in indexes:
        if index.kind in SPECIAL or index.algorithm == "HASH":
            continue
        for part in index.parts:
            if part.expression is not None:
                continue
            if part_bytes(part, columns[part.column.lower()].type) > 767:
                raise (
                    refusal(er.TOO_LONG_KEY, 767)
                    if target.mysql
                    else refusal(er.INDEX_COLUMN_TOO_LONG)
                )
