"""Tells what a release's code cannot do on other tables, and what the server will answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from stillroom.catalog import Catalog, Column, Table, quoted_string
from stillroom.catalog.printing.text import type_text
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.lint.measures.narrowing import refused, rounded
from stillroom.lint.release_codes import INSERTS, KEYS, READS, WRITES
from stillroom.release.models import Mapped, Release

_BEFORE_INSERT = re.compile(r"\bBEFORE\s+INSERT\b", re.IGNORECASE)
_SET = re.compile(r"\bSET\s+NEW\s*\.\s*(?:`((?:[^`]|``)+)`|(\w+))\s*:?=", re.IGNORECASE)
_NUMBERS = frozenset(
    ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "year")
)


class Problem(NamedTuple):
    """One thing that the release's code does and the server refuses; ``answer`` is its error."""

    code: str
    what: str
    answer: str

    @property
    def may(self) -> bool:
        """Whether it depends on values that the code perhaps never writes."""
        return self.what.startswith("may ")


def problems(release: Release, catalog: Catalog) -> Iterator[Problem]:
    """What the code of a release cannot do where the tables are those of ``catalog``."""
    for table in release.catalog.all_tables():
        mapped = release.mapped.get((table.schema, table.name))
        now = catalog.find(table.schema, table.name)
        if mapped is None:
            continue
        if now is None:
            if not _is_view(catalog, table):
                answer = "1146 Table doesn't exist"
                yield Problem(READS, f"uses the table {table.name}, which is gone", answer)
            continue
        yield from _columns(table, now, mapped)
        yield from _left_out(now, mapped, _set_by_triggers(catalog, now))
        yield from _keys(table, now)


def _is_view(catalog: Catalog, table: Table) -> bool:
    schema = catalog.schemas.get(table.schema)
    return schema is not None and ("VIEW", table.name) in schema.programs


def _columns(table: Table, now: Table, mapped: Mapped) -> Iterator[Problem]:
    for name, column in table.by_name.items():
        if name not in mapped.used:
            continue
        subject = f"{table.name}.{column.name}"
        other = now.by_name.get(name)
        if other is None:
            answer = "1054 Unknown column"
            yield Problem(READS, f"uses {subject}, which is gone", answer)
            continue
        if other.generated is not None and column.generated is None:
            answer = "3105 or 1906, a value for a generated column"
            yield Problem(WRITES, f"writes {subject}, which is generated now", answer)
        elif column.generated is None:
            yield from _values(subject, column, other, mapped)


def _values(subject: str, column: Column, now: Column, mapped: Mapped) -> Iterator[Problem]:
    name = column.name.lower()
    if column.nullable and not now.nullable:
        what = f"may write NULL to {subject}, which must have a value now"
        yield Problem(INSERTS, what, "1048 Column cannot be null")
    if name in mapped.omitted and _is_required(now):
        what = f"leaves {subject} to the server, which has no default for it any more"
        yield Problem(INSERTS, what, "1364 Field doesn't have a default value")
    old, new = column.type, now.type
    if {old.name, new.name} <= {"enum", "set"} and old.name == new.name:
        if gone := [value for value in old.values if value not in new.values]:
            members = ", ".join(map(quoted_string, gone))
            what = f"may write {members} to {subject}, which is no member now"
            yield Problem(WRITES, what, "1265 Data truncated")
        return
    if loss := refused(old, new):
        what = f"may write {loss.words} to {subject}, which is {type_text(new)} now"
        yield Problem(WRITES, what, _answer(column, now))
    elif loss := rounded(old, new):
        what = f"may write {loss.words} to {subject}, which is {type_text(new)} now"
        yield Problem(WRITES, what, "no error: the server rounds or cuts them")


def _answer(column: Column, now: Column) -> str:
    if now.type.name in ("enum", "set"):
        return "1265 Data truncated"
    if now.type.name.endswith(("char", "text", "binary", "blob")):
        return "1406 Data too long"
    if column.type.name in _NUMBERS and now.type.name in _NUMBERS:
        return "1264 Out of range value"
    return "1366 or 1292, an incorrect value"


def _set_by_triggers(catalog: Catalog, table: Table) -> frozenset[str]:
    """The columns, in lower case, that a trigger gives a value before each INSERT."""
    texts = [
        program.text
        for program in catalog.schemas[table.schema].programs.values()
        if program.table == table.name and _BEFORE_INSERT.search(program.text)
    ]
    return frozenset(
        (quoted.replace("``", "`") or plain).lower()
        for text in texts
        for quoted, plain in _SET.findall(text)
    )


def _left_out(now: Table, mapped: Mapped, given: Collection[str]) -> Iterator[Problem]:
    for name, column in now.by_name.items():
        if name not in mapped.used and name not in given and _is_required(column):
            what = f"leaves out {now.name}.{column.name}, which must have a value"
            yield Problem(INSERTS, what, "1364 Field doesn't have a default value")


def _is_required(column: Column) -> bool:
    """Whether an INSERT must name it."""
    return not (
        column.nullable
        or column.default is not None
        or column.auto_increment
        or column.generated is not None
    )


def _keys(table: Table, now: Table) -> Iterator[Problem]:
    unique = [set(index.columns) for index in table.indexes if index.unique]
    for index in now.indexes:
        if index.unique and not any(known <= set(index.columns) for known in unique):
            columns = ", ".join(filter(None, index.columns))
            what = f"may write the same {columns} twice to {now.name}, which must be unique now"
            yield Problem(KEYS, what, "1062 Duplicate entry")
    foreign = {(key.columns, key.table, key.referenced_columns) for key in table.foreign_keys}
    for key in now.foreign_keys:
        if (key.columns, key.table, key.referenced_columns) not in foreign:
            columns = ", ".join(key.columns)
            other = key.table if key.schema in (now.schema, DEFAULT_SCHEMA) else key.schema
            what = f"may write a {columns} to {now.name} that is not in {other}"
            yield Problem(KEYS, what, "1452 Cannot add or update a child row")
    checks = {check.expression for check in table.checks}
    for check in now.checks:
        if check.enforced and check.expression not in checks:
            what = f"may write rows to {now.name} that break CHECK ({check.expression})"
            yield Problem(KEYS, what, "3819 or 4025, a constraint that failed")
