"""Finds the tables of a state that an argument names: a revision, a commit, or the database."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

from stillroom import apply
from stillroom.catalog import Catalog, Target
from stillroom.drift.server_catalog import as_printed, database_catalog, with_lower_names
from stillroom.errors import StillroomError
from stillroom.plan.start import server_target
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.git import Repository
from stillroom.project.project import open_project
from stillroom.shell import Command
from stillroom.staged.workspace import load_settings, project_history, staged_project

DATABASE = "database"


@dataclass(frozen=True)
class State:
    """The tables of a state, what it is called, and whether their names are all in lower case."""

    catalog: Catalog
    words: str
    lower: bool = False


def add_states(parser: ArgumentParser, *, end: str = "heads") -> None:
    """``--from`` and ``--to``: the two states of a change."""
    parser.add_argument(
        "--from",
        dest="before",
        default="",
        metavar="STATE",
        help=f"a revision, base, a commit of git, or {DATABASE}",
    )
    parser.add_argument(
        "--to", dest="after", default=end, metavar="STATE", help="the same; the default is head"
    )


def states(*names: str, accepting: bool = False) -> list[State]:
    """The states of these names, as one server prints them.

    With ``accepting``, what the project has accepted counts as if a revision had made it.
    """
    live = in_fresh_process(_live) if DATABASE in names else None
    return [
        live if live is not None and name == DATABASE else _replayed(name, live, accepting)
        for name in names
    ]


def _live() -> State:
    project = open_project()
    with project.explaining():
        server = apply.status(project.config).server
        if server.kind == "sqlite":
            raise StillroomError(
                "SQLite keeps less about a table than a server does: there is nothing to compare",
                where=project.database,
                fix="Set DB_URL to a database on a server.",
            )
        target = server_target(server, project.database)
        catalog, lower = database_catalog(project.url, target)
    return State(catalog, project.database, lower)


def _replayed(name: str, live: State | None, accepting: bool) -> State:
    """A state that a replay makes; as a server prints it, if it is compared with one."""
    target = live.catalog.target if live is not None else None
    state = in_fresh_process(lambda: _replayed_here(Path.cwd(), name, target, accepting))
    if live is None:
        return state
    catalog = as_printed(state.catalog)
    return State(with_lower_names(catalog) if live.lower else catalog, state.words)


def _replayed_here(root: Path, name: str, target: Target | None, accepting: bool) -> State:
    settings = load_settings(root)
    try:
        with project_history(settings, target=target, accepting=accepting) as history:
            return State(history.state_at(name).catalog, name)
    except StillroomError as error:
        repository = Repository.find(root)
        commit = repository.commit(name) if repository is not None else ""
        if not commit:
            if "Can't locate revision" not in str(error):
                raise
            raise StillroomError(
                f"there is no revision and no commit of git that is called {name!r}",
                fix=f"`{Command('history')}` lists the revisions, `git log` the commits.",
            ) from error
    with (
        staged_project(root, "name a revision", until=commit) as (then, _),
        project_history(then, root, target=target, accepting=accepting) as history,
    ):
        return State(history.state_at("heads").catalog, f"commit {commit[:10]}")
