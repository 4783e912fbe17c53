"""Puts accepted parts of a table into a replayed catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from stillroom.catalog import Catalog, Table
from stillroom.catalog.record import replace
from stillroom.drift.difference import Difference

_OPTIONS = {"engine": "engine", "comment": "comment", "partitions": "partitions"}


def with_parts(
    catalog: Catalog, before: Table | None, after: Table | None, wanted: Sequence[Difference]
) -> Catalog:
    """``catalog`` with what ``wanted`` names of the table ``after`` in the table ``before``."""
    if not wanted:
        return catalog
    if before is None or after is None:
        if after is not None:
            return catalog.with_table(after)
        assert before is not None
        return catalog.with_schema(catalog.schema(before.schema).without_table(before.name))
    table = before
    for difference in wanted:
        table = _PARTS[difference.kind](table, after, difference)
    return catalog.with_table(table)


def _column(table: Table, after: Table, difference: Difference) -> Table:
    """The whole column: what else differs of it is accepted too, or stands in the same place."""
    new = after.column(difference.name)
    others = table.columns
    if new is None:
        return replace(table, columns=tuple(c for c in others if c.name != difference.name))
    if table.column(difference.name) is None:
        return replace(table, columns=(*others, new))
    return replace(table, columns=tuple(new if c.name == new.name else c for c in others))


def _named(field: str) -> Callable[[Table, Table, Difference], Table]:
    def part(table: Table, after: Table, difference: Difference) -> Table:
        name = difference.name.lower()
        left = [item for item in getattr(table, field) if item.name.lower() != name]
        new = [item for item in getattr(after, field) if item.name.lower() == name]
        changes: dict[str, Any] = {field: (*left, *new)}
        return replace(table, **changes)

    return part


def _primary_key(table: Table, after: Table, difference: Difference) -> Table:
    others = tuple(index for index in table.indexes if index.kind != "PRIMARY")
    key = after.primary_key
    return replace(table, indexes=(key, *others) if key else others)


def _option(table: Table, after: Table, difference: Difference) -> Table:
    if difference.aspect == "collation":
        columns = tuple(
            replace(
                column,
                type=replace(column.type, charset=after.charset, collation=after.collation),
            )
            if column.type.collation == table.collation
            else column
            for column in table.columns
        )
        return replace(table, charset=after.charset, collation=after.collation, columns=columns)
    if difference.aspect in _OPTIONS:
        name = _OPTIONS[difference.aspect]
        changes: dict[str, Any] = {name: getattr(after, name)}
        return replace(table, **changes)
    name = difference.aspect.upper().replace(" ", "_")
    options = [item for item in table.options if item[0] not in (name, difference.aspect.upper())]
    options += [item for item in after.options if item[0] in (name, difference.aspect.upper())]
    return replace(table, options=tuple(options))


_PARTS: dict[str, Callable[[Table, Table, Difference], Table]] = {
    "column": _column,
    "primary key": _primary_key,
    "index": _named("indexes"),
    "foreign key": _named("foreign_keys"),
    "check": _named("checks"),
    "option": _option,
}
