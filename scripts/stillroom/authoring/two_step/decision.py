"""Decides what a two-step change consists of, by comparing and asking, or says why it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from stillroom.authoring.renames import answers
from stillroom.authoring.renames.questions import Rename as Candidate
from stillroom.authoring.renames.questions import column_candidates, table_candidates
from stillroom.authoring.request import Request
from stillroom.authoring.two_step import refusals
from stillroom.authoring.two_step.changes import Change, Rename
from stillroom.catalog import Catalog
from stillroom.drift.check import without_version_table
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.errors import StillroomError
from stillroom.replay.server import State
from stillroom.shell import Command

Ask = Callable[..., Command]


def decided(
    context: MigrationContext,
    start: State,
    models: Catalog,
    metadata: Sequence[MetaData],
    request: Request,
) -> list[Change]:
    """The changes that are made in two steps. Raises StillroomError for what cannot be."""
    history = without_version_table(start.catalog, context)
    found = differences(history, models)
    if found:
        found = answers.not_filtered_out(found, start, context, metadata)
    renames = _renames(history, models, found, request)
    changes: list[Change] = list(renames)
    if not changes:
        raise StillroomError(
            "steps: no change of the models needs two steps",
            fix=f"Leave it out: {request.command(steps=1)}\nNothing was written.",
        )
    refusals.check(changes, history, models, request)
    return changes


def _renames(
    history: Catalog, models: Catalog, found: Sequence[Difference], request: Request
) -> Iterator[Rename]:
    result = answers.Renamed(State(history))
    for candidates in (table_candidates, column_candidates):
        possible = candidates(history, models, found)
        answered, open_ = answers.answered(possible, result, request.questioner)
        if open_:
            raise answers.unanswered(open_, request.command)
        for rename in answered:
            if rename.is_table:
                raise refusals.of_table(rename, request)
            yield _column(rename)
    answers.refuse_unknown(request.questioner, history)
    answers.refuse_unused(request.questioner)


def _column(rename: Candidate) -> Rename:
    return Rename(rename.schema, rename.table, rename.old, rename.new)
