"""Compares the tables of a database with what its revisions make: changes by hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import URL

from stillroom.catalog import Catalog, Target
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.drift.report import words
from stillroom.drift.server_catalog import (
    as_printed,
    database_catalog,
    database_settings,
    with_lower_names,
)
from stillroom.errors import CannotTell
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.settings import Settings
from stillroom.staged.workspace import project_history

_OWN = ("alembic_version", "stillroom_")


def changed_by_hand(
    project: Settings, url: URL, heads: Sequence[str], target: Target
) -> tuple[list[str], str]:
    """What differs, in words, and the scratch server that has run the revisions; "" for none.

    Raises CannotTell if no replay leads to ``heads``.
    """
    live, lower = database_catalog(url, target)
    settings = database_settings(url, target)
    server = ""

    def changed(*, accepting: bool) -> list[Difference]:
        nonlocal server
        expected = Catalog.empty(target)
        if heads:
            expected, server = in_fresh_process(
                lambda: _replayed(project, heads, target, settings, accepting=accepting)
            )
        made = as_printed(expected)
        differing = differences(with_lower_names(made) if lower else made, live)
        return [difference for difference in differing if not difference.table.startswith(_OWN)]

    # What was accepted may be there, or still be as the revisions make it: neither is by hand.
    differing = others = changed(accepting=True)
    if differing:
        with suppress(CannotTell):  # what was accepted is all that is known of the tables
            others = changed(accepting=False)
    subjects = {difference.subject for difference in others}
    told = [
        words(difference, "the revisions", "the database")
        for difference in differing
        if difference.subject in subjects
    ]
    return told, server


def _replayed(
    project: Settings,
    heads: Sequence[str],
    target: Target,
    settings: tuple[str, ...],
    *,
    accepting: bool,
) -> tuple[Catalog, str]:
    with project_history(project, target=target, accepting=accepting) as history:
        history.settings = settings
        return history.state_at(",".join(heads)).catalog, history.server
