"""Holds what is known about the rows that a history wrote itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from stillroom.catalog import Catalog, Column, Table

Value: TypeAlias = "int | str | None"  # MARK stands for one that is hidden
Key: TypeAlias = "tuple[str, str]"  # schema and table

_MOST_ROWS = 10_000
_INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
_STRINGS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"})


@dataclass(frozen=True)
class Contents:
    """The rows of one table. Columns are in lower case.

    ``unknown`` names columns with values that are not known; where not even NULL is excluded, the
    column is in ``maybe_null``, too. ``lost`` says that the number of rows is not known either.
    ``next_id`` is what AUTO_INCREMENT gives next. ``where`` is the place, as file:line, of the
    first statement whose result could not be known.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...] = ()
    unknown: frozenset[str] = frozenset()
    maybe_null: frozenset[str] = frozenset()
    next_id: int = 1
    lost: bool = False
    where: str = field(default="", compare=False)

    @property
    def incomplete(self) -> bool:
        """Whether there is something that is not known."""
        return self.lost or bool(self.unknown and self.rows)

    @property
    def empty(self) -> bool:
        """Whether the table certainly has no row."""
        return not self.rows and not self.lost

    @classmethod
    def of(cls, table: Table) -> Contents:
        """A table without rows."""
        return cls(tuple(table.by_name))

    def forgotten(self) -> Contents:
        """Nothing is known any more."""
        return replace(self, rows=(), lost=True)

    def without(self, columns: frozenset[str]) -> Contents:
        """The values of some columns are not known any more."""
        return replace(self, unknown=self.unknown | columns, maybe_null=self.maybe_null | columns)

    def with_rows(self, rows: tuple[tuple[Value, ...], ...]) -> Contents:
        """The same with other rows; nothing is known any more if they are more than 10,000."""
        if len(rows) > _MOST_ROWS:
            return self.forgotten()
        return replace(self, rows=rows)


@dataclass(frozen=True)
class Rows:
    """All tables that the history wrote to; one that is absent here is empty."""

    tables: Mapping[Key, Contents] = field(default_factory=dict)

    def of(self, table: Table) -> Contents:
        """What is known of one table."""
        return self.tables.get((table.schema, table.name)) or Contents.of(table)

    def put(self, table: Table, contents: Contents) -> Rows:
        """The same with other contents of one table."""
        return Rows({**self.tables, (table.schema, table.name): contents})

    def emptied(self, key: Key) -> Rows:
        """The same with one table empty."""
        return Rows({other: held for other, held in self.tables.items() if other != key})

    def noted(self, before: Rows, place: Callable[[], str]) -> Rows:
        """The same, with the place where what was known ``before`` is known no more."""
        lost = {
            key: replace(held, where=place())
            for key, held in self.tables.items()
            if not held.where and held.incomplete and held is not before.tables.get(key)
        }
        return Rows({**self.tables, **lost}) if lost else self

    def moved(self, old: Key, new: Key) -> Rows:
        """The same with one table under another name."""
        return Rows({new if key == old else key: held for key, held in self.tables.items()})

    def after(self, before: Catalog, catalog: Catalog) -> Rows:
        """The rows as DDL left them; tables that were renamed have been ``moved`` already."""
        kept: dict[Key, Contents] = {}
        for key, held in self.tables.items():
            table = catalog.find(*key)
            if table is None:
                continue
            old = before.find(*key)
            same = old is table or (old is not None and old.columns == table.columns)
            kept[key] = held if same else _altered(held, old, table)
        return Rows(kept)


def _altered(held: Contents, old: Table | None, table: Table) -> Contents:
    """The same rows in the columns of ``table``; what may have been converted is unknown."""
    columns = tuple(table.by_name)
    if held.lost or old is None:
        return replace(held, columns=columns).forgotten()
    unknown = {name for name in held.unknown if name in table.by_name}
    positions: list[int | None] = []
    defaults: list[Value] = []
    for name, column in table.by_name.items():
        before = old.by_name.get(name)
        positions.append(held.columns.index(name) if before and name in held.columns else None)
        value, known = default_value(column)
        defaults.append(value)
        if before is None:
            known = known and column.generated is None and not column.auto_increment
        else:
            known = _survives(before, column)
        if not known:
            unknown.add(name)
    rows = tuple(
        tuple(
            default if position is None else row[position]
            for position, default in zip(positions, defaults, strict=True)
        )
        for row in held.rows
    )
    lost = frozenset(unknown)
    return replace(
        held,
        columns=columns,
        rows=rows,
        unknown=lost,
        maybe_null=(held.maybe_null & lost) | (lost - held.unknown),
    )


def _survives(before: Column, column: Column) -> bool:
    """Whether values are certainly the same after a change of the column's definition."""
    if before.nullable > column.nullable:
        return False
    old, new = before.type, column.type
    if old == new or (old.name in _INTEGERS and new.name in _INTEGERS):
        return True
    texts = _STRINGS - {"enum", "char"}
    longer = new.length is None or (old.length or new.length + 1) <= new.length
    return old.name in texts and new.name in texts and old.charset == new.charset and longer


def default_value(column: Column) -> tuple[Value, bool]:
    """What a column without a value gets, and whether that is known."""
    text = column.default
    if column.generated is not None or column.auto_increment or column.default_is_expression:
        return None, False
    if text is None or text.upper() == "NULL":
        return None, column.nullable
    if text.startswith("'") and text.endswith("'"):
        text = text[1:-1]
        if "\\" in text or "''" in text:
            return None, False
    return fitted(text, column)


def fitted(value: Value, column: Column) -> tuple[Value, bool]:
    """``value`` as the column holds it, and whether that is certain."""
    if column.generated is not None:
        return None, False
    if value is None:
        return None, column.nullable
    name = column.type.name
    if name in _INTEGERS:
        return _fitted_integer(value)
    if name in _STRINGS:
        text = str(value)
        # Blanks at the end are cut off or ignored in ways that depend on the type and collation.
        return text, text == text.rstrip() and column.type.charset != "binary"
    return None, False


def _fitted_integer(value: int | str) -> tuple[Value, bool]:
    try:
        number = int(value)
    except ValueError:
        return None, False
    return number, str(number) == str(value)


def json_text(value: object) -> str | None:
    """A JSON value as MySQL prints it; None where that is not certain.

    MySQL sorts keys by their length, then by their bytes. What it makes of fractions is not known.
    """
    if not isinstance(value, str):
        return None
    try:
        return json.dumps(_sorted(json.loads(value, parse_float=_refuse)), ensure_ascii=False)
    except ValueError:
        return None


def _refuse(_: str) -> float:
    raise ValueError


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _sorted(value[key]) for key in keys}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
