"""What cannot be changed in two steps, and the way by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from stillroom.authoring.renames.questions import Rename as Candidate
from stillroom.authoring.renames.questions import spelled
from stillroom.authoring.request import Request
from stillroom.authoring.two_step.changes import (
    Change,
    Drop,
    Narrow,
    Rename,
    Require,
    column_of,
    has_default,
)
from stillroom.authoring.two_step.intermediate import has_literal_default
from stillroom.catalog import Catalog, Column, Table
from stillroom.catalog.table_expressions import named_columns
from stillroom.catalog.types.kinds import is_geometry
from stillroom.drift.comparison import type_words
from stillroom.errors import StillroomError

_RENAME = (
    "By hand it takes three releases: one adds the new column and writes both, one reads the new"
    "\none alone, and behind the last a revision drops the old one."
)
_DROP = (
    "By hand: first a revision that drops the keys which use it and lets INSERTs leave it out,\n"
    "with a release that does not map it; then one that drops it."
)
_REQUIRE = (
    "By hand: first a revision that adds it with a server default, with a release that writes it;"
    "\nthen one that drops the default."
)
# Within each, a server in strict mode refuses what does not fit into a smaller type.
_FAMILIES = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint"), "integer"),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), "bytes"),
}
_CONVERTED = ("integer", "text", "decimal", "float", "double", "date", "datetime", "timestamp")
_REFUSED = ("integer", "text", "bytes", "decimal", "enum", "set")


def of_table(rename: Candidate, request: Request) -> StillroomError:
    """For a table that gets another name."""
    return StillroomError(
        f"steps: the table {rename.dropped} cannot be renamed in two steps",
        fix=(
            "By hand: keep the name in the database, and rename the class alone: "
            f'__tablename__ = "{rename.old}".\nOr rename it while no code runs: '
            f"{request.command(steps=1)}\nNothing was written."
        ),
    )


def check(changes: Sequence[Change], history: Catalog, models: Catalog, request: Request) -> None:
    """Raise StillroomError for the first change that cannot be made in two steps."""
    for change in changes:
        what, reasons, by_hand = _judged(change, history, models, request)
        if reason := next(reasons, ""):
            raise StillroomError(
                f"steps: {change.qualified_table}{what} in two steps: {reason}",
                fix=(
                    f"{by_hand}\nOr do it in one step while no code runs:"
                    f" {request.command(steps=1)}\nNothing was written."
                ),
            )


def _judged(
    change: Change, history: Catalog, models: Catalog, request: Request
) -> tuple[str, Iterator[str], str]:
    """What the change is, why it cannot be made in two steps, if so, and the way by hand."""
    reasons: Iterator[str]
    if isinstance(change, Rename):
        old = column_of(change, change.old, history)
        new = column_of(change, change.new, models)
        table = change.table_in(history)
        reasons = chain(
            _of_column(table, old, history), _of_rename(table, old, new), _of_rows(table)
        )
        return f".{change.old} cannot be renamed", reasons, _RENAME
    if isinstance(change, Drop):
        table = change.table_in(history)
        reasons = _of_column(table, column_of(change, change.column, history), history)
        return f".{change.column} cannot be dropped", reasons, _DROP
    if isinstance(change, Require):
        table = change.table_in(history)
        reasons = _of_rows(table) if change.fill else iter(())
        return f".{change.column} cannot become required", reasons, _REQUIRE
    if isinstance(change, Narrow):
        table = change.table_in(history)
        old = column_of(change, change.column, history)
        new = column_of(change, change.column, models)
        reasons = chain(_of_keys(table, old.name.lower(), history), _of_type(old, new))
        return (
            f".{change.column} cannot get its new type under its name",
            reasons,
            _second_column(change, request),
        )
    return " cannot be dropped", _of_table(change, history), _DROP


def _second_column(change: Narrow, request: Request) -> str:
    """How a column changes its type by way of another one."""
    other = f"{change.column}_new"
    rename = f"{spelled(f'{change.qualified_table}.{change.column}')}:{spelled(other)}"
    return (
        "Give it another name in the database, and keep that of the attribute: "
        f'{change.column} = mapped_column("{other}", …)\n'
        f"Then: {request.command(renames=[rename], steps=2)}"
    )


def _of_rows(table: Table) -> Iterator[str]:
    if table.primary_key is None:
        yield "the table has no primary key, by which its rows are filled"


def _of_table(change: Change, history: Catalog) -> Iterator[str]:
    table = change.table_in(history)
    for other in history.all_tables():
        for key in other.foreign_keys:
            if other is not table and (key.schema, key.table) == (table.schema, table.name):
                yield f"the foreign key {key.name} of {other.name} refers to it"


def _of_type(old: Column, new: Column) -> Iterator[str]:
    """Why the server cannot be left to refuse what does not fit into the new type."""
    ours, theirs = old.type, new.type
    families = [_FAMILIES.get(type_.name, type_.name) for type_ in (ours, theirs)]
    if families[0] != families[1]:
        yield f"{type_words(ours)} and {type_words(theirs)} hold different kinds of values"
    elif ours.charset != theirs.charset:
        yield f"{theirs.charset} may lack characters of {ours.charset}"
    elif families[0] not in _REFUSED or (theirs.scale or 0) < (ours.scale or 0):
        yield f"the server would round values of {type_words(ours)} without an error"


def _of_column(table: Table, column: Column, history: Catalog) -> Iterator[str]:
    """Why the column cannot be doubled."""
    name = column.name.lower()
    yield from _of_keys(table, name, history)
    if column.generated is not None:
        yield "the server calculates it"
    if column.auto_increment:
        yield "the server numbers it"
    if is_geometry(column.type):
        yield f"its type is {type_words(column.type)}"
    yield from _of_expressions(table, name)


def _of_keys(table: Table, name: str, history: Catalog) -> Iterator[str]:
    if table.primary_key and name in _lower(table.primary_key.columns):
        yield "it is a column of the primary key"
    for key in table.foreign_keys:
        if name in _lower(key.columns):
            yield f"it is a column of the foreign key {key.name}"
    for other in history.all_tables():
        for key in other.foreign_keys:
            place = (key.schema, key.table)
            if place == (table.schema, table.name) and name in _lower(key.referenced_columns):
                yield f"the foreign key {key.name} of {other.name} refers to it"


def _of_expressions(table: Table, name: str) -> Iterator[str]:
    if table.partitions is not None and name in named_columns(table.partitions.by, table.target):
        yield "the table is partitioned by it"
    for other in table.columns:
        if other.generated and name in named_columns(other.generated, table.target):
            yield f"{other.name} is calculated from it"
    for index in table.indexes:
        texts = [part.expression for part in index.parts if part.expression is not None]
        if any(name in named_columns(text, table.target) for text in texts):
            yield f"the index {index.name} has an expression with it"


def _of_conversion(old: Column, new: Column) -> Iterator[str]:
    """Why triggers cannot convert the values of one type to the other."""
    for column in (old, new):
        if _FAMILIES.get(column.type.name, column.type.name) not in _CONVERTED:
            yield f"{type_words(column.type)} is not converted by an assignment"
        if has_default(column):
            yield f"{column.name} has a default, and the types differ"
    if old.type.charset != new.type.charset and old.type.charset and new.type.charset:
        yield "the character set changes, too"


def _of_rename(table: Table, old: Column, new: Column) -> Iterator[str]:
    if new.generated is not None:
        yield f"the server calculates {new.name}"
    if old.type != new.type:
        yield from _of_conversion(old, new)
    if has_default(new) and new.default != old.default:
        yield "its default changes, too, which belongs in a revision of its own before this one"
    if has_literal_default(old) and any(
        index.unique and old.name.lower() in _lower(index.columns) for index in table.indexes
    ):
        yield "it is unique and has a default, which all rows would have for a while"
    if old.nullable and has_default(old) and not has_literal_default(old):
        yield "where it is NULL, a trigger could not tell that from its default"


def _lower(names: Sequence[str]) -> list[str]:
    return [name.lower() for name in names]
