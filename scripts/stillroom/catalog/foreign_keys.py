"""Foreign keys: their names, what they refer to, and what they forbid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from stillroom.catalog.messages import cannot_create, refusal
from stillroom.catalog.model import Column, DataType, ForeignKey, Index, KeyPart, Table
from stillroom.catalog.session import Session
from stillroom.catalog.syntax import ForeignKeySpec
from stillroom.catalog.target import Target
from stillroom.catalog.types import integer_bytes, is_blob, is_integer, is_string

_LONGEST_NAME = 64
_BYTE_TYPES = """
    binary varbinary decimal time datetime timestamp bit uuid inet4 inet6
"""
_BYTES = frozenset(_BYTE_TYPES.split())


@dataclass(frozen=True)
class ForeignKeyScope:
    """What foreign keys depend on: the tables around, and the names they use already."""

    target: Target
    session: Session
    find: Callable[[str, str], Table | None]  # schema, name
    taken: Callable[[str, str], bool]  # schema, constraint name: in another table


def generated_index(spec: ForeignKeySpec) -> Index:
    """The key that the server makes for a foreign key, unless there is a better one."""
    name = spec.index_name or spec.name or ""
    return Index(name, "", tuple(KeyPart(column) for column in spec.columns), generated=True)


def generated_name(table: str, number: int) -> str:
    return f"{table}_ibfk_{number}"


def highest_number(table: str, names: Iterable[str], word: str = "ibfk") -> int:
    """The largest N of the names ``table_ibfk_N``."""
    pattern = re.compile(re.escape(f"{table}_{word}_") + r"([1-9]\d*)\Z", re.IGNORECASE)
    found = [int(match.group(1)) for match in map(pattern.match, names) if match]
    return max(found, default=0)


def renamed(key: ForeignKey, old_table: str, new_table: str) -> ForeignKey:
    """The key after its table was renamed: automatic names follow the table's."""
    number = highest_number(old_table, [key.name])
    if not number:
        return key
    return replace(key, name=generated_name(new_table, number))


@dataclass(frozen=True)
class ForeignKeyMaker:
    """Resolves the new foreign keys of one table, which has its columns and indexes already."""

    table: Table
    scope: ForeignKeyScope

    def make(self, specs: Sequence[ForeignKeySpec]) -> tuple[ForeignKey, ...]:
        """All keys, sorted as the server prints them."""
        found = list(self.table.foreign_keys)
        number = highest_number(self.table.name, (key.name for key in found))
        for spec in specs:
            name = spec.name
            if name is None and self.scope.target.mariadb:
                name = spec.index_name
            if name is None:
                number += 1
                name = generated_name(self.table.name, number)
            found.append(self._make(spec, name, found))
        return tuple(sorted(found, key=lambda key: key.name.lower()))

    def _make(self, spec: ForeignKeySpec, name: str, others: list[ForeignKey]) -> ForeignKey:
        if len(name) > _LONGEST_NAME:
            raise refusal(1059, name)
        table, reference = self.table, spec.reference
        self._check_name(name, others)
        columns = []
        for column_name in spec.columns:
            column = table.column(column_name)
            if column is None:
                raise refusal(1072, column_name)
            columns.append(column.name)
        if len(spec.columns) != len(reference.columns):
            raise refusal(1239, name if spec.name else "foreign key without name")
        schema = reference.table.schema or table.schema
        key = ForeignKey(
            name,
            tuple(columns),
            schema,
            reference.table.name,
            reference.columns,
            reference.on_delete,
            reference.on_update,
            reference.match,
        )
        self._check_actions(key)
        return self._attached(key)

    def _check_name(self, name: str, others: list[ForeignKey]) -> None:
        used = any(key.name.lower() == name.lower() for key in others)
        if not used and not self.scope.taken(self.table.schema, name):
            return
        if self.scope.target.mysql:
            raise refusal(1826, name)
        if used and not self.table_is_new(others):
            raise refusal(1826, name)
        raise cannot_create(self.table.schema, self.table.name, 121)

    def table_is_new(self, others: list[ForeignKey]) -> bool:
        return not self.table.foreign_keys or bool(others)

    def _check_actions(self, key: ForeignKey) -> None:
        mysql = self.scope.target.mysql
        if "SET DEFAULT" in (key.on_delete, key.on_update):
            if mysql:
                raise refusal(1215)
            raise self._malformed()
        if "SET NULL" in (key.on_delete, key.on_update):
            for name in key.columns:
                column = self.table.column(name)
                if column is not None and not column.nullable:
                    if mysql:
                        raise refusal(1830, name, key.name)
                    raise self._malformed()

    def _malformed(self) -> Exception:
        return cannot_create(self.table.schema, self.table.name, 150)

    def _parent(self, key: ForeignKey) -> Table | None:
        own = (self.table.schema, self.table.name)
        return (
            self.table if (key.schema, key.table) == own else self.scope.find(key.schema, key.table)
        )

    def _attached(self, key: ForeignKey) -> ForeignKey:
        """The key with the names of its parent as the parent spells them, checked against it."""
        mysql = self.scope.target.mysql
        parent = self._parent(key)
        if parent is None:
            if self.scope.session.foreign_key_checks:
                raise refusal(1824, key.table) if mysql else self._malformed()
            return key
        names = []
        for name in key.referenced_columns:
            column = parent.column(name)
            if column is None:
                raise refusal(3734, name, key.name, parent.name) if mysql else self._malformed()
            names.append(column.name)
        key = replace(key, referenced_columns=tuple(names))
        self._check_parent(key, parent)
        return key

    def _check_parent(self, key: ForeignKey, parent: Table) -> None:
        mysql = self.scope.target.mysql
        if mysql:
            self._check_types(key, parent)
        supporting = supporting_index(parent, key.referenced_columns)
        if supporting is None:
            raise refusal(1822, key.name, key.table) if mysql else self._malformed()
        if self.scope.target.mysql_from(8, 4) and not any(
            index.unique and _same(index.columns, key.referenced_columns)
            for index in parent.indexes
        ):
            raise refusal(6125, key.name, key.table)
        if not mysql:
            self._check_types(key, parent)

    def _check_types(self, key: ForeignKey, parent: Table) -> None:
        for name, other in zip(key.columns, key.referenced_columns, strict=True):
            own, theirs = self.table.column(name), parent.column(other)
            if own is None or theirs is None or compatible(own.type, theirs.type):
                continue
            if self.scope.target.mysql:
                raise refusal(3780, name, other, key.name)
            raise self._malformed()


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    return [name.lower() for name in one] == [name.lower() for name in other]


def supporting_index(
    table: Table, columns: Sequence[str], indexes: Iterable[Index] | None = None
) -> Index | None:
    """An index that begins with these columns, whole."""
    count = len(columns)
    for index in table.indexes if indexes is None else indexes:
        if (
            index.kind not in ("FULLTEXT", "SPATIAL")
            and index.algorithm != "HASH"
            and _same(index.columns[:count], columns)
            and not any(part.length for part in index.parts[:count])
        ):
            return index
    return None


def compatible(one: DataType, other: DataType) -> bool:
    """Whether InnoDB lets a column of one type refer to one of the other."""
    return _storage(one) == _storage(other)


def _storage(kind: DataType) -> tuple[object, ...]:
    """How InnoDB keeps a type, as far as foreign keys look at it."""
    if is_integer(kind):
        return ("integer", integer_bytes(kind.name), kind.unsigned)
    if kind.name == "enum":
        return ("integer", 1 if len(kind.values) < 256 else 2, True)
    if kind.name == "set":
        size = (len(kind.values) + 7) // 8
        return ("integer", size if size <= 4 else 8, True)
    if kind.name == "year":
        return ("integer", 1, True)
    if is_string(kind):
        return ("text", kind.collation)
    if kind.name in _BYTES or is_blob(kind):
        return ("bytes",)
    return (kind.name,)


def same_storage(one: Column, other: Column) -> bool:
    """Whether a column can become the other one without its values being converted."""
    return one.type == other.type
