"""Finds the revision that a database without a version table matches, by its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from stillroom.catalog import Catalog, with_backticks
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.drift.server_catalog import read_definitions
from stillroom.replay.history import History
from stillroom.replay.scratch import ReplayedStatement
from stillroom.replay.steps import ancestors

Heads = tuple[str, ...]


@dataclass(frozen=True)
class Position:
    """How far along the history a database is.

    ``places`` are the heads whose tables the database has: none if it is between two revisions;
    several if revisions that change no table follow. ``nearest`` has the fewest ``left``
    differences. ``strangers`` are tables that no revision makes.
    """

    places: tuple[Heads, ...]
    nearest: Heads
    left: tuple[Difference, ...]
    strangers: tuple[str, ...]


def locate(history: History, tables: Mapping[str, str], version_table: str) -> Position:
    """Compare ``tables``, as SHOW CREATE TABLE prints them, with a replay at each revision."""
    trace: list[ReplayedStatement] = []
    history.move(history.empty, "heads", trace=trace)
    last = {statement.revision: statement.after for statement in trace}
    catalogs: list[tuple[Heads, Catalog]] = [((), history.empty.catalog)]
    for revision in history.order("heads"):
        behind = ancestors(history.project.scripts, (revision.id,))
        heads = (*(head for head in catalogs[-1][0] if head not in behind), revision.id)
        catalogs.append((heads, last.get(revision.id, catalogs[-1][1])))
    passed = history.origin.passed  # of an older revision the tables are not known
    texts = {
        heads: _texts(catalog, version_table)
        for heads, catalog in catalogs
        if passed <= ancestors(history.project.scripts, heads)
    }
    known = {name for at in texts.values() for name in at}
    live = {name: with_backticks(text) for name, text in tables.items() if name in known}

    @cache
    def compared(ours: str, theirs: str) -> tuple[Difference, ...]:
        """Of one table; an empty text stands for its absence."""
        sides = [
            read_definitions([text] if text else [], history.target, where)
            for text, where in ((ours, "the replay"), (theirs, "the server"))
        ]
        return tuple(differences(*sides))

    differences_at = {
        heads: [
            difference
            for name in sorted({*at, *live})
            for difference in compared(at.get(name, ""), live.get(name, ""))
        ]
        for heads, at in texts.items()
    }
    nearest = min(differences_at, key=lambda heads: _distance(differences_at[heads]))
    return Position(
        tuple(heads for heads, left in differences_at.items() if not left),
        nearest,
        tuple(differences_at[nearest]),
        tuple(sorted(set(tables) - known)),
    )


def _distance(left: Sequence[Difference]) -> tuple[int, int]:
    """A table that is missing is further away than any number of its columns."""
    return sum(difference.kind == "table" for difference in left), len(left)


def _texts(catalog: Catalog, version_table: str) -> dict[str, str]:
    return {
        name: table.create_statement
        for name, table in catalog.tables().items()
        if name != version_table
    }
