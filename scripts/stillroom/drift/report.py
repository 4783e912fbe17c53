"""Differences as findings: a code, the place in the models, and words."""

from __future__ import annotations

from stillroom.drift.difference import Difference
from stillroom.drift.sources import Places
from stillroom.findings import Finding, Place

CODES = {
    "table": "DR101",
    "column": "DR102",
    "primary key": "DR103",
    "index": "DR104",
    "foreign key": "DR105",
    "check": "DR106",
    "option": "DR107",
}
OPERATION = "DR108"
REFUSED = "DR109"
STALE = "DR110"


def finding(difference: Difference, places: Places, fallback: str) -> Finding:
    """What a person is told of one difference. ``fallback`` is named where no file is known."""
    return Finding(CODES[difference.kind], _place(difference, places, fallback), words(difference))


def words(difference: Difference) -> str:
    """``users.email VARCHAR(50) in the history, VARCHAR(80) in the models``."""
    name, history, models = _name(difference), difference.history, difference.models
    if difference.kind == "table":
        return (
            f"{name} has no revision" if models else f"{name} is in the history, not in the models"
        )
    if not difference.aspect:
        if not history:
            return f"{name} {models} has no revision"
        if not models:
            return f"{name} {history} is in the history, not in the models"
    return (
        f"{name} is {history or f'without {difference.aspect}'} in the history, "
        f"{models or f'without {difference.aspect}'} in the models"
    )


def _name(difference: Difference) -> str:
    table = difference.qualified_table
    if difference.kind == "column":
        return f"{table}.{difference.name}"
    if difference.kind in ("table", "option"):
        return f"table {table}"
    if difference.kind == "primary key":
        return f"primary key of {table}"
    return f"{difference.kind} {difference.name} of {table}"


def _place(difference: Difference, places: Places, fallback: str) -> Place:
    table = difference.table
    column = difference.name if difference.kind == "column" else ""
    return places.get((table, column)) or places.get((table, "")) or Place(fallback)
