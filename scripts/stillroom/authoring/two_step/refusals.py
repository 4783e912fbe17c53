"""What cannot be changed in two steps, and the way by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.authoring.renames.questions import Rename as Candidate
from stillroom.authoring.request import Request
from stillroom.authoring.two_step.changes import Change, Rename, column_of
from stillroom.authoring.two_step.intermediate import has_default, has_literal_default
from stillroom.catalog import Catalog, Column, Table
from stillroom.catalog.table_expressions import named_columns
from stillroom.catalog.types.kinds import is_geometry
from stillroom.drift.comparison import type_words
from stillroom.errors import StillroomError

_BY_HAND = (
    "By hand it takes three releases: one adds the new column and writes both, one reads the new"
    "\none alone, and behind the last a revision drops the old one."
)


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
        table = change.table_in(history)
        if isinstance(change, Rename):
            what = f"{change.qualified_table}.{change.old} cannot be renamed in two steps"
            old, new = column_of(change, change.old, history), column_of(change, change.new, models)
            reasons = [*_of_column(table, old, history), *_of_rename(table, old, new)]
            if table.primary_key is None:
                reasons.append("the table has no primary key, by which its rows are copied")
            if reasons:
                raise StillroomError(
                    f"steps: {what}: {reasons[0]}",
                    fix=(
                        f"{_BY_HAND}\nOr rename it while no code runs: {request.command(steps=1)}"
                        "\nNothing was written."
                    ),
                )


def _of_column(table: Table, column: Column, history: Catalog) -> Iterator[str]:
    """Why the column cannot be doubled."""
    name = column.name.lower()
    if table.primary_key and name in _lower(table.primary_key.columns):
        yield "it is a column of the primary key"
    yield from _of_foreign_keys(table, name, history)
    if column.generated is not None:
        yield "the server calculates it"
    if column.auto_increment:
        yield "the server numbers it"
    if is_geometry(column.type):
        yield f"its type is {type_words(column.type)}"
    yield from _of_expressions(table, name)


def _of_foreign_keys(table: Table, name: str, history: Catalog) -> Iterator[str]:
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


def _of_rename(table: Table, old: Column, new: Column) -> Iterator[str]:
    if new.generated is not None:
        yield f"the server calculates {new.name}"
    if old.type != new.type:
        yield (
            f"its type changes from {type_words(old.type)} to {type_words(new.type)}, too, which "
            "belongs in a change of its own"
        )
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
