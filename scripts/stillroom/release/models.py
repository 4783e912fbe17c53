"""Reads what a release's code expects of the tables: its models, built from git on their own."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.orm import registry

from stillroom.catalog import Catalog, Target
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.models import build, metadata_of_env
from stillroom.errors import CannotTell, StillroomError
from stillroom.project.alembic_env.env_runner import AUTOGENERATE
from stillroom.project.fresh_process import in_fresh_process
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

    ``target`` is the one that its own settings name, if it is another.
    """

    name: str
    commit: str
    catalog: Catalog
    mapped: Mapping[Key, Mapped]
    heads: tuple[str, ...]
    target: Target | None = None

    @property
    def words(self) -> str:
        """Its name and its commit."""
        short = self.commit[:10]
        return self.name if self.commit.startswith(self.name) else f"{self.name} ({short})"


def of_commit(root: Path, name: str, target: Target) -> Release:
    """The release that is called ``name`` in git: a tag, a branch, a commit.

    It is imported in a process of its own, from a copy. Raises StillroomError if there is no such
    commit, and CannotTell, with the commit and the place, if it cannot be imported.
    """
    repository = Repository.find(root, needed=True)
    commit = repository.commit(name) if repository is not None else ""
    if not commit:
        raise StillroomError(
            f"there is no commit of git that is called {name!r}",
            fix="`git tag` and `git branch --all` list the names; git fetch --tags gets new ones.",
        )
    try:
        return in_fresh_process(partial(_read, root, name, commit, target))
    except CannotTell as reason:
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
        built_models: list[tuple[Catalog, dict[Key, Mapped]]] = []

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
            metadata = metadata_of_env(context, history.project.env_py)
            built = build(metadata, context, target)
            assert context.bind is not None
            built_models.append(
                (built.catalog, _mapped(metadata, context.bind.engine.url.database))
            )
            return ()

        run(history.project, Server(State(Catalog.empty(target))), steps, command=AUTOGENERATE)
        if len(built_models) > 1:
            raise CannotTell(
                "env.py works on several databases, and only one can be compared",
                where="env.py",
                fix=f"Name one: {Command('compatible', db='…')}",
            )
        ((catalog, mapped),) = built_models
        heads = tuple(history.project.scripts.get_heads())
    other = then.target if then.target not in (None, target) else None
    return Release(name, commit, catalog, mapped, heads, other)


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
        schema = DEFAULT_SCHEMA if table.schema in (None, database) else str(table.schema)
        mapped[schema, table.name] = _uses(used.get(table) or [*table.columns])
    return mapped


def _uses(columns: Collection[Column[Any]]) -> Mapped:
    omitted = {
        column.name.lower()
        for column in columns
        if column.server_default is not None
        or column.computed is not None
        or (column is column.table.autoincrement_column and column.default is None)
    }
    return Mapped(frozenset(column.name.lower() for column in columns), frozenset(omitted))
