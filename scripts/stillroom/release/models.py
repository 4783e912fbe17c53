"""Reads what a release's code expects of the tables: its models, built from git on their own."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.orm import registry

from stillroom.catalog import Catalog, Target
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.models import Built, build, metadata_of_env
from stillroom.errors import CannotTell, StillroomError
from stillroom.project.alembic_env.env_runner import AUTOGENERATE
from stillroom.project.fresh_process import waiting_process
from stillroom.project.git import Repository
from stillroom.replay.alembic_project import run
from stillroom.replay.server import Server, State
from stillroom.shell import Command
from stillroom.staged.workspace import project_history, staged_project

Key = tuple[str, str]  # schema and table


@dataclass(frozen=True)
class Mapped:
    """What the code does with the columns of one table, by their names in lower case.

    It reads and writes those in ``used``; an INSERT that is not given a value leaves those in
    ``omitted`` to the server.
    """

    used: frozenset[str]
    omitted: frozenset[str]


@dataclass(frozen=True)
class Release:
    """One release: its name, its commit, its tables on the target, and its newest revisions.

    ``target`` is the one that its own settings name, if it is another. Of the tables ``unbuilt``,
    which the target would not create from the models, only the names of columns are known.
    """

    name: str
    commit: str
    catalog: Catalog
    mapped: Mapping[Key, Mapped]
    heads: tuple[str, ...]
    target: Target | None = None
    unbuilt: frozenset[Key] = frozenset()

    @property
    def words(self) -> str:
        """Its name and its commit."""
        short = self.commit[:10]
        return self.name if self.commit.startswith(self.name) else f"{self.name} ({short})"


Reader = Callable[[Path, str, Target], Release]


def release_reader() -> AbstractContextManager[Reader]:
    """Gives a function that reads the release that git calls by a name: a tag, a branch, a commit.

    To be entered before a history is opened, as this may import modules of the project: the
    release would have these in place of its own. The function takes the folder of the project, the
    name and the target; it imports the release from a copy, in a process that was made now. It
    raises StillroomError if there is no such commit, and CannotTell, with the commit and the
    place, if the release cannot be imported.
    """
    return waiting_process(_of_commit)


def _of_commit(root: Path, name: str, target: Target) -> Release:
    repository = Repository.find(root, needed=True)
    commit = repository.commit(name) if repository is not None else ""
    if not commit:
        raise StillroomError(
            f"there is no commit of git that is called {name!r}",
            fix="`git tag` and `git branch --all` list the names; git fetch --tags gets new ones.",
        )
    try:
        return _read(root, name, commit, target)
    except StillroomError as reason:
        raise CannotTell(
            f"the models of {name} (commit {commit[:10]}) cannot be built: {reason.what}",
            where=reason.where,
            fix=reason.fix,
        ) from reason


def _read(root: Path, name: str, commit: str, target: Target) -> Release:
    with (
        staged_project(root, "name another release", until=commit) as (then, _),
        project_history(then, root, target=target, accepting=False) as history,
    ):
        built_models: list[tuple[Built, dict[Key, Mapped], str | None]] = []

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            metadata = metadata_of_env(context, history.project.env_py)
            built = build(metadata, context, target)
            assert context.bind is not None
            database = context.bind.engine.url.database
            built_models.append((built, _mapped(metadata, database), database))
            return ()

        run(history.project, Server(State(Catalog.empty(target))), steps, command=AUTOGENERATE)
        if len(built_models) > 1:
            raise CannotTell(
                "env.py works on several databases, and only one can be compared",
                where="env.py",
                fix=f"Name one: {Command('compatible', db='…')}",
            )
        ((built, mapped, database),) = built_models
        heads = tuple(history.project.scripts.get_heads())
    other = then.target if then.target not in (None, target) else None
    unbuilt = frozenset(_key(refused.table, database) for refused in built.refused)
    return Release(name, commit, built.catalog, mapped, heads, other, unbuilt)


def _mapped(metadata: Sequence[MetaData], database: str | None) -> dict[Key, Mapped]:
    """What the mappers use of each table; of one that nothing is mapped to, all."""
    used: dict[Table, set[Column[Any]]] = {}
    for candidate in gc.get_objects():
        if isinstance(candidate, registry):
            for mapper in candidate.mappers:
                for column in mapper.columns:
                    if isinstance(column, Column) and isinstance(column.table, Table):
                        used.setdefault(column.table, set()).add(column)
    tables = [table for collection in metadata for table in collection.tables.values()]
    mapped = {}
    for table in tables:
        mapped[_key(table, database)] = _uses(used.get(table) or [*table.columns])
    return mapped


def _key(table: Table, database: str | None) -> Key:
    schema = DEFAULT_SCHEMA if table.schema in (None, database) else str(table.schema)
    return schema, table.name


def _uses(columns: Collection[Column[Any]]) -> Mapped:
    omitted = {
        column.name.lower()
        for column in columns
        if column.server_default is not None
        or column.computed is not None
        or (column is column.table.autoincrement_column and column.default is None)
    }
    return Mapped(frozenset(column.name.lower() for column in columns), frozenset(omitted))
