"""Decides what a two-step change consists of, by comparing and asking, or says why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column as SAColumn
from sqlalchemy import MetaData

from stillroom.authoring.corrections.values import Unknown, example, refuse_unknown
from stillroom.authoring.losses import MEMBER, NARROWER, losses
from stillroom.authoring.renames import answers
from stillroom.authoring.renames.questions import column_candidates, table_candidates
from stillroom.authoring.request import Request
from stillroom.authoring.two_step import refusals
from stillroom.authoring.two_step.changes import (
    Change,
    Drop,
    DropTable,
    Narrow,
    Rename,
    Require,
    has_default,
)
from stillroom.authoring.two_step.intermediate import named
from stillroom.catalog import Catalog, Column
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.check import without_version_table
from stillroom.drift.comparison import differences
from stillroom.drift.difference import ABSENT, Difference
from stillroom.drift.python_defaults import server_default
from stillroom.errors import StillroomError
from stillroom.replay.server import State


def decided(
    context: MigrationContext,
    start: State,
    models: Catalog,
    metadata: Sequence[MetaData],
    request: Request,
) -> list[Change]:
    """The changes that are made in two steps. Raises StillroomError for what cannot be."""
    history = without_version_table(start.catalog, context)
    differing = differences(history, models)
    if differing:
        differing = answers.not_filtered_out(differing, start, context, metadata)
    changes: list[Change] = [*_renames(history, models, differing, request)]
    assert context.dialect is not None
    for difference in differing:
        if change := _change(difference, history, models, changes, request, metadata, context):
            changes.append(change)
    changes = list(dict.fromkeys(changes))
    if not changes:
        raise StillroomError(
            "steps: no change of the models needs two steps",
            fix=f"Leave it out: {request.command(steps=1)}\nNothing was written.",
        )
    refusals.check(changes, history, models, request)
    return changes


def _renames(
    history: Catalog, models: Catalog, differing: Sequence[Difference], request: Request
) -> Iterator[Rename]:
    result = answers.Renamed(State(history))
    for candidates in (table_candidates, column_candidates):
        possible = candidates(history, models, differing)
        answered, open_ = answers.answered(possible, result, request.questioner)
        if open_:
            raise answers.unanswered(open_, request.command)
        for rename in answered:
            if rename.is_table:
                raise refusals.of_table(rename, request)
            yield Rename(rename.schema, rename.table, rename.old, rename.new)
    yield from _to_other_types(differing, request)
    answers.refuse_unknown(request.questioner, history)
    answers.refuse_unused(request.questioner)


def _change(
    difference: Difference,
    history: Catalog,
    models: Catalog,
    changes: Sequence[Change],
    request: Request,
    metadata: Sequence[MetaData],
    context: MigrationContext,
) -> Change | None:
    """What has to wait for the contract; None for what the old code does not notice."""
    place = (difference.schema, difference.table)
    renamed = {
        name.lower()
        for change in changes
        if isinstance(change, Rename) and (change.schema, change.table) == place
        for name in (change.old, change.new)
    }
    if difference.kind == "table" and difference.models == ABSENT:
        return DropTable(*place)
    if difference.kind != "column" or difference.name.lower() in renamed:
        return _narrowed(difference, history, models)
    if difference.aspect == "" and difference.models == ABSENT:
        return Drop(*place, difference.name)
    name = f"{difference.qualified_table}.{difference.name}"
    fill = request.fills.get(name, "")
    if difference.aspect == "nullability" and difference.models == "NOT NULL":
        return Require(*place, difference.name, fill)
    if difference.aspect == "" and difference.history == ABSENT:
        column = _declared(metadata, difference)
        known = models.find(difference.schema or DEFAULT_SCHEMA, difference.table)
        made = known.column(difference.name) if known else None
        if made is None or column is None or _needs_no_steps(made):
            return None
        given = None if name in request.without_default else server_default(column, context.dialect)
        if given is not None and not fill:
            return None  # the server keeps the default of the model
        if not fill:
            why = "has no default for code that leaves it out"
            refuse_unknown([Unknown(name, why, example(made))], request)
        return Require(*place, difference.name, fill)
    return _narrowed(difference, history, models)


def _needs_no_steps(column: Column) -> bool:
    """Whether code that does not know a new column can go on inserting rows."""
    generated = column.generated is not None or column.auto_increment
    return column.nullable or has_default(column) or generated


def _declared(metadata: Sequence[MetaData], difference: Difference) -> SAColumn[Any] | None:
    for collection in metadata:
        for table in collection.tables.values():
            if (table.schema or "", table.name) == (difference.schema, difference.table):
                return named(table, difference.name)
    return None


def _narrowed(difference: Difference, history: Catalog, models: Catalog) -> Change | None:
    for loss in losses(history, models, [difference]):
        if loss.code in (NARROWER, MEMBER):
            return Narrow(loss.schema, loss.table, loss.column)
    return None


def _to_other_types(differing: Sequence[Difference], request: Request) -> Iterator[Rename]:
    """Renames that were given and that nothing has asked for, as the columns are not alike."""
    columns = [
        difference
        for difference in differing
        if difference.kind == "column" and not difference.aspect
    ]
    for old in (column for column in columns if column.models == ABSENT):
        name = f"{old.qualified_table}.{old.name}"
        for new in (column for column in columns if column.history == ABSENT):
            given = request.questioner.renames.get(name) == new.name
            same = (old.schema, old.table) == (new.schema, new.table)
            if given and same and name not in request.questioner.used:
                request.questioner.used.add(name)
                yield Rename(old.schema, old.table, old.name, new.name)
