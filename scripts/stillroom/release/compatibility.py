"""Tells what a release's code cannot do on other tables, and what the server will answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from stillroom.catalog import Catalog, Column, Table, quoted_string
from stillroom.catalog.printing.text import type_text
from stillroom.lint.measures.narrowing import Loss, refused, rounded
from stillroom.lint.release_codes import INSERTS, READS, WRITES
from stillroom.release.keys import deletions, rules_of_rows
from stillroom.release.models import Mapped, Release
from stillroom.release.problem import Problem

_BEFORE_INSERT = re.compile(r"\bBEFORE\s+INSERT\b", re.IGNORECASE)
_SET = re.compile(r"\bSET\s+NEW\s*\.\s*(?:`((?:[^`]|``)+)`|(\w+))\s*:?=", re.IGNORECASE)
# A view of all columns that another table has; a product of numbers looks the same.
_STAR = re.compile(r"(?<!\()\*")
_WORD = re.compile(r"\w+|(?<=`)[^`]+(?=`)")
_NUMBERS = frozenset(
    ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "year")
)


def problems(release: Release, catalog: Catalog, start: Catalog | None = None) -> Iterator[Problem]:
    """What the code of a release cannot do where the tables are those of ``catalog``.

    Not what it cannot do on those of ``start`` either, the ones that it was made for: its models
    may promise more than its revisions make.
    """
    for (schema, name), mapped in sorted(release.mapped.items()):
        table, now = release.catalog.find(schema, name), catalog.find(schema, name)
        was = start.find(schema, name) if start else None
        is_known = table is not None or (schema, name) in release.unbuilt
        if start is not None:
            is_known = was is not None or _view(start, schema, name) is not None
        if not is_known:
            continue
        usable = mapped.used if was is None else mapped.used & was.by_name.keys()
        view = _view(catalog, schema, name)
        if now is None and view is None:
            answer = "1146 Table doesn't exist"
            yield Problem(READS, f"uses the table {name}, which is gone", answer)
            continue
        for column in sorted(_missing(usable, now, view)):
            answer = "1054 Unknown column"
            yield Problem(READS, f"uses {name}.{column}, which is gone", answer)
        if now is None:
            continue
        given = _set_by_triggers(catalog, now)
        yield from _left_out(now, mapped, given)
        if table is not None:
            yield from _columns(table, now, replace(mapped, used=usable), was)
            written = _written(now, mapped, given)
            yield from rules_of_rows(table, now, mapped.used, written, catalog.target)
    yield from deletions(release, catalog, start)


def _view(catalog: Catalog, schema: str, name: str) -> str | None:
    """The statement that makes the view of that name."""
    database = catalog.schemas.get(schema)
    view = database.programs.get(("VIEW", name)) if database else None
    return view.text if view else None


def _missing(used: Collection[str], now: Table | None, view: str | None) -> Iterator[str]:
    """The columns that are not there; of a view, those that its text does not even name."""
    if now is not None:
        yield from (column for column in used if column not in now.by_name)
    elif view is not None and not _STAR.search(view):
        words = {word.lower() for word in _WORD.findall(view)}
        yield from (column for column in used if column not in words)


def _columns(table: Table, now: Table, mapped: Mapped, was: Table | None) -> Iterator[Problem]:
    for name, column in table.by_name.items():
        other = now.by_name.get(name)
        if name not in mapped.used or other is None:
            continue
        subject = f"{table.name}.{column.name}"
        if other.generated is not None and column.generated is None:
            answer = "3105 or 1906, a value for a generated column"
            yield Problem(WRITES, f"writes {subject}, which is generated now", answer)
        elif column.generated is None:
            yield from _values(
                subject, column, other, mapped, was.by_name.get(name) if was else None
            )


def _values(
    subject: str, column: Column, now: Column, mapped: Mapped, was: Column | None
) -> Iterator[Problem]:
    name = column.name.lower()
    if column.nullable and not now.nullable:
        what = f"may write NULL to {subject}, which must have a value now"
        yield Problem(INSERTS, what, "1048 Column cannot be null")
    if name in mapped.omitted and now.is_required:
        what = f"leaves {subject} to the server, which has no default for it any more"
        yield Problem(INSERTS, what, "1364 Field doesn't have a default value")
    old, new, before = column.type, now.type, (was or column).type
    if {old.name, new.name} <= {"enum", "set"} and old.name == new.name:
        known = before.values if before.name == old.name else old.values
        if gone := [value for value in old.values if value in known and value not in new.values]:
            members = ", ".join(map(quoted_string, gone))
            what = f"may write {members} to {subject}, which is no member now"
            yield Problem(WRITES, what, "1265 Data truncated")
        return
    if (loss := refused(old, new)) and refused(before, new):
        what = f"may write {loss.words} to {subject}, which is {type_text(new)} now"
        yield Problem(WRITES, what, _answer(loss, column, now))
    elif (loss := rounded(old, new)) and rounded(before, new):
        what = f"may write {loss.words} to {subject}, which is {type_text(new)} now"
        yield Problem(WRITES, what, "no error: the server rounds or cuts them")


def _answer(loss: Loss, column: Column, now: Column) -> str:
    if loss.words.startswith("characters"):
        return "1366 Incorrect string value"
    if now.type.name in ("enum", "set"):
        return "1265 Data truncated"
    if now.type.name == "json":
        return "3140 Invalid JSON text"
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
        if name not in mapped.used and name not in given and column.is_required:
            what = f"leaves out {now.name}.{column.name}, which must have a value"
            yield Problem(INSERTS, what, "1364 Field doesn't have a default value")


def _written(now: Table, mapped: Mapped, given: Collection[str]) -> frozenset[str]:
    """The columns, in lower case, that have a value in a row that the code inserts.

    What it does not know is NULL, if it has no default. What a trigger gives it, nobody can tell.
    """
    return mapped.used | {
        name
        for name, column in now.by_name.items()
        if name not in given and (column.default not in (None, "NULL") or column.generated)
    }
