"""Tells which databases of a fleet are not where an upgrade could take them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stillroom.errors import counted
from stillroom.fleet.compilation import Revisions
from stillroom.fleet.survey import AT_WORK, SurveyedDatabase


def examined(
    databases: Sequence[SurveyedDatabase], revisions: Revisions, resuming: str = ""
) -> list[SurveyedDatabase]:
    """The databases, each with its problem, if it has one.

    A half-applied revision is none for who is ``resuming`` in its direction.
    """
    identities: dict[str, SurveyedDatabase] = {}
    result = []
    for database in databases:
        problem = database.problem or _problem(database, revisions, resuming)
        twin = database if problem else identities.setdefault(database.identity, database)
        if twin is not database:
            problem = f"it is the same database as {twin.member.name}, under another name"
        result.append(replace(database, problem=problem))
    return result


def _problem(database: SurveyedDatabase, revisions: Revisions, resuming: str) -> str:
    if unknown := [head for head in database.heads if head not in revisions.known]:
        return f"it is at {', '.join(unknown)}, a revision for which there is no file here"
    if not database.is_stamped and database.tables:
        return f"it has {counted(database.tables, 'table')}, but no revision is recorded"
    begun = database.half_applied
    if begun is not None and begun.direction != resuming:
        if database.is_locked:
            return AT_WORK
        return f"the {begun.direction} of {begun.revision} is half-applied"
    return ""
