"""Decides where a plan starts: at the database's revision, at a named one, or at base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alembic.script import ScriptDirectory

from stillroom import apply
from stillroom.apply import preflight
from stillroom.apply.inspector import HalfAppliedStatus, Status
from stillroom.apply.server import Server
from stillroom.catalog import Catalog, Target
from stillroom.drift.server_catalog import database_catalog
from stillroom.errors import StillroomError
from stillroom.project import settings as settings_
from stillroom.project.project import (
    Project,
    alembic_config,
    open_project,
    require_project,
)
from stillroom.project.settings import target_of
from stillroom.replay.sandbox import sandbox
from stillroom.shell import Command


@dataclass(frozen=True)
class Start:
    """``heads`` to begin at, ``words`` that say how they are known, and the server to be for.

    ``sizes`` are rows and bytes by table. What only a database can tell is empty without one;
    ``asked`` says whether a server of the target's kind has been asked.
    """

    heads: tuple[str, ...]
    target: Target
    words: str
    half_applied: HalfAppliedStatus | None = None
    server: str = ""  # the scratch server that has run revisions
    asked: bool = False
    unknown: str = ""  # why no database could be asked
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def find_start(root: Path, since: str) -> Start:
    """Ask the database, unless ``since`` says where to begin.

    The project's modules are gone again afterwards: a replay imports them anew, with a
    stand-in for the server.
    """
    if since:
        settings = settings_.load(root.resolve())
        require_project(settings)
        target = target_of(alembic_config(settings))
        words = f"From {since}, for {target}; no database was contacted."
        return Start(_named(since), target, words)
    with sandbox(root):
        project = open_project(root)
        target = target_of(project.config)
        if project.is_missing:
            return Start(
                (), target, f"{project.database} does not exist yet. From base, for {target}."
            )
        try:
            with project.explaining():
                status, *others = apply.statuses(project.config)
                sizes = apply.sizes(project.config)
        except StillroomError as error:
            words = f"No database shows where to begin: {error.first_line}"
            return Start(
                (),
                target,
                f"{words}\nFrom base, for {target}; from=REV begins elsewhere.",
                unknown=error.first_line,
            )
        finally:
            project.engine.dispose()
        _refuse_apart([status, *others])
        return _at(project, status, sizes)


def _refuse_apart(databases: Sequence[Status]) -> None:
    """Raise StillroomError for the databases of one env.py that are at different revisions."""
    if len({frozenset(status.heads) for status in databases}) > 1:
        places = [
            f"{status.server.database} at {', '.join(status.heads) or 'base'}"
            for status in databases
        ]
        raise StillroomError(
            f"env.py works on several databases, and a plan begins at one: {', '.join(places)}",
            fix=f"{Command('upgrade')} takes each of them to the newest.\n"
            f"{Command('plan', **{'from': '…'})} shows what one of them lacks.",
        )


def _named(since: str) -> tuple[str, ...]:
    return () if since == "base" else tuple(since.replace(",", " ").split())


def _at(project: Project, status: Status, sizes: Mapping[str, tuple[int, int]]) -> Start:
    preflight.check_heads(ScriptDirectory.from_config(project.config), status.heads)
    target = _target(project, status)
    words = f"{project.database}, {status.server}, is at {', '.join(status.heads) or 'base'}."
    if status.server.kind == "sqlite":
        words += f" The statements are those for {target}."
    half_applied = status.half_applied
    if half_applied is not None:
        words += f"\nThe {half_applied.direction} of {half_applied.revision} is half-applied."
    asked = status.server.kind == target.family
    return Start(status.heads, target, words, status.half_applied, sizes=sizes, asked=asked)


def tables_of_database(root: Path, target: Target) -> Catalog:
    """The tables of the project's database as they are."""
    with sandbox(root):
        project = open_project(root)
        try:
            with project.explaining():
                return database_catalog(project.url, target)[0]
        finally:
            project.engine.dispose()


def sizes_of_database(root: Path) -> tuple[str, Mapping[str, tuple[int, int]]]:
    """The project's database in words, and about how many rows and bytes each table there has."""
    with sandbox(root):
        project = open_project(root)
        try:
            with project.explaining():
                return project.database, dict(apply.sizes(project.config))
        finally:
            project.engine.dispose()


def _target(project: Project, status: Status) -> Target:
    """What is set; else the server at hand, if it is one that revisions may be for."""
    if project.settings.target or status.server.kind == "sqlite":
        return target_of(project.config)
    return server_target(status.server, project.database)


def server_target(server: Server, database: str) -> Target:
    """The target that a server is. Raises StillroomError, for ``database``, if it is too old."""
    try:
        return Target.of_server(server.kind, server.version)
    except ValueError as error:
        raise StillroomError(str(error), where=database) from error
