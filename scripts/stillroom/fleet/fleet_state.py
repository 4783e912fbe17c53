"""Looks at a fleet as a whole: what is to be done to it, and what nothing is done to."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from stillroom.fleet import compilation
from stillroom.fleet.compilation import Group
from stillroom.fleet.deviants import examined
from stillroom.fleet.inventory import Member
from stillroom.fleet.survey import SurveyedDatabase, survey
from stillroom.project.settings import Settings


@dataclass(frozen=True)
class FleetState:
    """A fleet that was looked at, for one action. ``deviants`` are not as they should be."""

    members: tuple[Member, ...]
    groups: tuple[Group, ...]
    half_applied: tuple[SurveyedDatabase, ...]
    deviants: tuple[SurveyedDatabase, ...]

    @property
    def pending(self) -> list[Group]:
        """The groups that something is to be done to."""
        return [group for group in self.groups if group.compiled.revisions]

    @property
    def with_remnants(self) -> list[SurveyedDatabase]:
        """Databases where all is done, but for the journal of a run that was cut off."""
        return [
            database
            for group in self.groups
            if not group.compiled.revisions
            for database in group.databases
            if database.has_journal
        ]

    @property
    def is_up_to_date(self) -> bool:
        """Whether all databases are where they should be."""
        return not (self.pending or self.deviants or self.half_applied)


def look_at(
    settings: Settings,
    members: Sequence[Member],
    revision: str,
    resuming: str,
    asking: AbstractContextManager[None],
    *,
    contract: bool,
) -> FleetState:
    """Ask all databases, and compile what leads to ``revision``.

    ``resuming`` is the direction of the half-applied revisions that are gone on with; "" for none.
    ``asking`` lasts as long as the databases are asked. ``contract`` says that no code runs any
    more that contract revisions would break.
    """
    revisions = compilation.revisions_of(settings)
    with asking:
        answers = survey(members, revisions.version_table, settings.target, settings.fleet_parallel)
    databases = examined(answers, revisions, resuming)
    sound = [database for database in databases if not database.problem]
    whole = [database for database in sound if database.half_applied is None]
    groups, changed = compilation.grouped(settings, revisions, whole, revision, contract=contract)
    return FleetState(
        tuple(members),
        tuple(groups),
        tuple(database for database in sound if database.half_applied is not None),
        (*(database for database in databases if database.problem), *changed),
    )
