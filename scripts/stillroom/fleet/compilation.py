"""Compiles the revisions to come once for all databases that are at the same place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from stillroom import replay
from stillroom.apply.script import lines
from stillroom.apply.script.driver_script import Script
from stillroom.catalog import Target
from stillroom.drift.server_catalog import database_settings
from stillroom.errors import CannotTell, StillroomError
from stillroom.fleet.connections import cause, connect_url
from stillroom.fleet.survey import AT_WORK, SurveyedDatabase, ask
from stillroom.plan.plan import told_revisions
from stillroom.plan.start import Start
from stillroom.plan.text import Revision
from stillroom.project.explanations import explained
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.settings import Settings
from stillroom.release.contracts import reasons_to_wait
from stillroom.replay import PlannedRevision, planned_revisions
from stillroom.replay.planning import before_contract
from stillroom.staged.live_tables import changed_by_hand
from stillroom.staged.workspace import project_history

_SHOWN = 3  # differences of a database that are told


@dataclass(frozen=True)
class Revisions:
    """What the files say: the version table, and the ids of all revisions."""

    version_table: str
    known: frozenset[str]


@dataclass(frozen=True)
class Compiled:
    """What is to be done to a database at ``heads``: nothing without ``revisions``.

    ``up`` is None where no replay can tell, or nothing is to be done. ``script`` is None where the
    work must be done in Python, and ``reason`` says why. ``plan`` is what the revisions send, cost
    and lose. ``waits`` is the contract revision before which it stops.
    """

    heads: tuple[str, ...]
    revisions: tuple[str, ...]
    after: tuple[str, ...]
    up: bool | None = None
    script: Script | None = None
    reason: str = ""
    plan: tuple[Revision, ...] = ()
    waits: str = ""


@dataclass(frozen=True)
class Group:
    """Databases with the same revision and the same tables, and what is to be done to each.

    ``untold`` says why their tables could not be compared with a replay; "" if they were.
    """

    compiled: Compiled
    databases: tuple[SurveyedDatabase, ...]
    untold: str = ""


def revisions_of(settings: Settings) -> Revisions:
    """Read the history. Raises StillroomError if its env.py serves several databases."""

    def work() -> Revisions:
        with project_history(settings) as history:
            names = frozenset(history.revisions)
            planned = _first(history)
        if planned is not None and planned.database:
            raise StillroomError(
                "env.py migrates several databases, but a fleet has one history for each"
            )
        return Revisions(planned.version_table if planned else "alembic_version", names)

    return in_fresh_process(work)


def _first(history: replay.History) -> PlannedRevision | None:
    """What comes first, for the name of the version table; None if no replay can tell."""
    try:
        return next(iter(planned_revisions(history)), None)
    except CannotTell:
        return None


def _compiled(
    settings: Settings,
    target: Target,
    heads: tuple[str, ...],
    revision: str,
    table_settings: tuple[str, ...],
    *,
    contract: bool,
) -> Compiled:
    """What leads from ``heads`` to ``revision``, in a process that imports the project afresh.

    Unless ``contract``, it stops before a contract revision that has to wait.
    """
    reasons = reasons_to_wait(settings, heads, contract=contract)

    def work() -> Compiled:
        with project_history(settings, target=target) as history:
            history.settings = table_settings
            try:
                planned = planned_revisions(history, revision, since=heads)
            except CannotTell as reason:
                return Compiled(heads, (revision,), (), reason=reason.first_line)
            except CommandError as error:
                raise explained(error, settings) from error
            planned, waits = before_contract(planned, reasons)
            return replace(_scripted(Compiled(heads, (), heads), planned, target), waits=waits)

    return in_fresh_process(work)


def _scripted(start: Compiled, planned: Sequence[PlannedRevision], target: Target) -> Compiled:
    if not planned:
        return start
    done = replace(
        start,
        revisions=tuple(item.revision.id for item in planned),
        after=tuple(planned[-1].after),
        up=planned[0].up,
        plan=tuple(told_revisions(planned, Start(start.heads, target, ""), merges=False)),
    )
    try:
        script = Script.of_parts(lines.parts(planned, target), target)
    except CannotTell as reason:
        return replace(done, reason=reason.first_line)
    return replace(done, script=script)


def grouped(
    settings: Settings,
    revisions: Revisions,
    databases: Sequence[SurveyedDatabase],
    revision: str,
    *,
    contract: bool,
) -> tuple[list[Group], list[SurveyedDatabase]]:
    """The groups of a fleet, and the databases whose tables are not those of their revision.

    Of each group one database is compared with the replay: the others have the same tables.
    """
    groups: list[Group] = []
    deviants: list[SurveyedDatabase] = []
    known: dict[tuple[Target, tuple[str, ...], tuple[str, ...]], Compiled] = {}
    for target, same in _alike(settings, databases):
        compared, gone = _compared(settings, revisions, target, same)
        deviants += gone
        members = same[len(gone) :]
        if compared is None:
            continue
        if compared.changed:
            deviants += [replace(database, problem=compared.problem) for database in members]
            continue
        key = (target, members[0].heads, compared.table_settings)
        if key not in known:
            known[key] = _compiled(settings, *key[:2], revision, key[2], contract=contract)
        groups.append(Group(known[key], tuple(members), compared.untold))
    return groups, deviants


@dataclass(frozen=True)
class _Comparison:
    """What a database has that no revision makes, or why that is ``untold``."""

    changed: Sequence[str]
    untold: str
    table_settings: tuple[str, ...]

    @property
    def problem(self) -> str:
        more = f" and {len(self.changed) - _SHOWN} more" if len(self.changed) > _SHOWN else ""
        return f"changed by hand: {'; '.join(self.changed[:_SHOWN])}{more}"


def _compared(
    settings: Settings, revisions: Revisions, target: Target, same: Sequence[SurveyedDatabase]
) -> tuple[_Comparison | None, list[SurveyedDatabase]]:
    """The first of some like databases that is as it was, and those before it, which are not.

    They do not answer any more, or somebody else has begun to work on them.
    """
    gone: list[SurveyedDatabase] = []
    for database in same:
        url = connect_url(database.member.url)
        try:
            table_settings = database_settings(url, target)
            changed, _ = changed_by_hand(settings, url, database.heads, target)
        except CannotTell as reason:
            return _Comparison((), reason.first_line, table_settings), gone
        except DBAPIError as error:
            gone.append(replace(database, problem=f"not reached: {cause(error)}"))
        else:
            if not changed or _is_as_it_was(database, revisions, settings):
                return _Comparison(changed, "", table_settings), gone
            gone.append(replace(database, problem=AT_WORK))
    return None, gone


def _is_as_it_was(database: SurveyedDatabase, revisions: Revisions, settings: Settings) -> bool:
    now = ask(database.member, revisions.version_table, settings.target)
    return (now.heads, now.fingerprint) == (database.heads, database.fingerprint)


def _alike(
    settings: Settings, databases: Sequence[SurveyedDatabase]
) -> Iterator[tuple[Target, list[SurveyedDatabase]]]:
    """Databases of one target, at one place and with the same tables."""

    def key(database: SurveyedDatabase) -> tuple[str, tuple[str, ...], str]:
        assert database.server is not None
        return database.server.series, database.heads, database.fingerprint

    for (series, _, _), same in groupby(sorted(databases, key=key), key):
        members = list(same)
        target = settings.target or Target.parse(series)
        yield target, members
