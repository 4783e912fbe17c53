"""Turns differences into findings: a code, the place in the models, and words."""

from __future__ import annotations

from stillroom.drift.declarations import Places
from stillroom.drift.difference import Difference
from stillroom.drift.models import Refused
from stillroom.errors import printable
from stillroom.findings import Finding, Place
from stillroom.shell import Command

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
PROGRAM = "DR111"
# What a column has that gives none itself.
_INHERITED = {"collation": "the collation of its table"}


def finding(difference: Difference, places: Places, fallback: str) -> Finding:
    """What a person is told of one difference. ``fallback`` is named where no file is known."""
    return Finding(CODES[difference.kind], _place(difference, places, fallback), words(difference))


def refused_table(refused: Refused, places: Places, fallback: str) -> Finding:
    """A table of the models that the target would not create."""
    return Finding(
        REFUSED,
        places.get((refused.table.name, ""), Place(fallback)),
        f"table {refused.table.fullname} cannot be created from the models: {refused.why}",
        fix="Correct the model, or name the right server in alembic.ini, [stillroom] target."
        f"\nTo leave this table as the revisions make it: {Command('baseline')}",
        state=f"(declared as {refused.definition})",
    )


def words(difference: Difference, history: str = "the history", models: str = "the models") -> str:
    """``users.email is VARCHAR(50) in the history, VARCHAR(80) in the models``.

    ``history`` and ``models`` are what the two sides are called. It is one line, whatever the names
    and comments in it are.
    """
    return printable(_words(difference, history, models))


def _words(difference: Difference, history: str, models: str) -> str:
    name, before, after = _name(difference), difference.history, difference.models
    without = f"without {difference.aspect}"
    if difference.aspect or (before and after):
        return f"{name} is {before or without} in {history}, {after or without} in {models}"
    if difference.kind != "table":
        name = f"{name} {before or after}"
    if before:
        return f"{name} is in {history}, not in {models}"
    return f"{name} has no revision" if models == "the models" else f"{name} is only in {models}"


def change_words(difference: Difference) -> str:
    """What takes the history to the models: ``users.email: VARCHAR(50) becomes VARCHAR(80)``."""
    return printable(_change_words(difference))


def _change_words(difference: Difference) -> str:
    name, before, after = _name(difference), difference.history, difference.models
    if difference.aspect or (before and after):
        none = nothing_of(difference.aspect)
        return f"{name}: {before or none} becomes {after or none}"
    if difference.kind != "table":
        name = f"{name} {before or after}"
    return f"{name} is dropped" if before else f"{name} is new"


def nothing_of(aspect: str) -> str:
    """What there is of an aspect that nothing is said of."""
    return _INHERITED.get(aspect, f"no {aspect}")


def needs_revision(finding: Finding) -> bool:
    """Whether it is a change that a revision would cover; it may be anything that a check finds."""
    return finding.code in {*CODES.values(), OPERATION, PROGRAM}


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
