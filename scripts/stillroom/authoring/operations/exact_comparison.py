"""Compares catalogs in everything that a server prints, except the order of keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from stillroom.catalog import Catalog, Table
from stillroom.catalog.printing.show_create import (
    check_text,
    column_text,
    foreign_key_text,
    index_text,
    partitions_text,
)
from stillroom.drift.difference import Difference, shown_schema


def exact_differences(before: Catalog, after: Catalog) -> list[Difference]:
    """What to change in ``before`` so that it prints as ``after``, but for the order of keys."""
    differences: list[Difference] = []
    for schema in {**before.schemas, **after.schemas}:
        shown = shown_schema(schema)
        old = before.schemas[schema].tables if schema in before.schemas else {}
        new = after.schemas[schema].tables if schema in after.schemas else {}
        for name in sorted({*old, *new}):
            if name not in new or name not in old:
                texts = ("table", "") if name in old else ("", "table")
                differences.append(Difference(shown, name, "table", name, "", *texts))
            elif old[name] != new[name]:
                differences += (
                    Difference(shown, name, *sides) for sides in _exactly(old[name], new[name])
                )
    return differences


_Found = tuple[str, str, str, str, str]


def _exactly(old: Table, new: Table) -> Iterator[_Found]:
    yield from _exact_columns(old, new)
    before = index_text(old, old.primary_key) if old.primary_key else ""
    after = index_text(new, new.primary_key) if new.primary_key else ""
    if before != after:
        yield "primary key", "", "", before, after
    yield from _pairs(
        "index",
        {index.name: index_text(old, index) for index in old.indexes if index.kind != "PRIMARY"},
        {index.name: index_text(new, index) for index in new.indexes if index.kind != "PRIMARY"},
    )
    yield from _pairs(
        "foreign key",
        {key.name: foreign_key_text(old, key) for key in old.foreign_keys},
        {key.name: foreign_key_text(new, key) for key in new.foreign_keys},
    )
    yield from _pairs(
        "check",
        {check.name: check_text(check) for check in old.checks},
        {check.name: check_text(check) for check in new.checks},
    )
    for aspect, text in _OPTIONS.items():
        if text(old) != text(new):
            yield "option", "", aspect, text(old), text(new)
    options = {**dict(old.options), **dict(new.options)}
    for name in options:
        if old.option(name) != new.option(name):
            yield (
                "option",
                "",
                name.lower().replace("_", " "),
                old.option(name) or "",
                (new.option(name) or ""),
            )


_OPTIONS: Mapping[str, Callable[[Table], str]] = {
    "collation": lambda table: f"{table.charset} {table.collation}",
    "engine": lambda table: table.engine,
    "comment": lambda table: table.comment,
    "partitions": partitions_text,
}


def _exact_columns(old: Table, new: Table) -> Iterator[_Found]:
    left = [column.name for column in old.columns if new.column(column.name)]
    for column in old.columns:
        if new.column(column.name) is None:
            yield "column", column.name, "", column_text(old, column), ""
    for position, column in enumerate(new.columns):
        before = old.column(column.name)
        text = column_text(new, column)
        if before is None:
            yield "column", column.name, "position", "", text
        elif left[position : position + 1] != [before.name]:
            left.remove(before.name)
            yield "column", column.name, "position", f"{before.name} elsewhere", text
            yield "column", column.name, "", column_text(old, before), text
        elif column_text(old, before) != text:
            yield "column", column.name, "", column_text(old, before), text
        if before is None or left[position : position + 1] != [before.name]:
            left.insert(position, column.name)


def _pairs(kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[_Found]:
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            yield kind, name, "", old.get(name, ""), new.get(name, "")
