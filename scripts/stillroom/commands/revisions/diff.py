"""``diff``: what changes between two states of the tables, in words and as statements."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from stillroom import apply
from stillroom.authoring.difference import difference
from stillroom.catalog import Catalog, Target
from stillroom.drift.server_catalog import as_printed, database_catalog, with_lower_names
from stillroom.errors import StillroomError
from stillroom.plan.start import server_target
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.git import Repository
from stillroom.project.project import open_project
from stillroom.shell import Command
from stillroom.staged.workspace import load_settings, project_history, staged_project

_DATABASE = "database"


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="before",
        default="",
        metavar="STATE",
        help=f"a revision, base, a commit of git, or {_DATABASE}",
    )
    parser.add_argument(
        "--to", dest="after", default="heads", metavar="STATE", help="the same; the default is head"
    )


@dataclass(frozen=True)
class _State:
    """The tables at one of the two ends, and whether their names are all in lower case."""

    catalog: Catalog
    words: str
    lower: bool = False


def run(args: Namespace) -> int:
    if not args.before:
        raise StillroomError(
            "from which state? from= is missing",
            fix=f"{Command('diff', from_='base')}\n"
            f"It is a revision, base, a commit of git, or {_DATABASE}, for the one at DB_URL.",
        )
    names = (args.before, args.after)
    live = in_fresh_process(_live) if _DATABASE in names else None
    before, after = (
        live if live is not None and name == _DATABASE else _replayed(name, live) for name in names
    )
    found = difference(before.catalog, after.catalog)
    print(f"-- From {before.words} to {after.words}, for {before.catalog.target}.")
    for line in found.words or ("No difference.",):
        print("\n".join(f"-- {part}" for part in line.splitlines()))
    if not found.complete:
        print("-- The statements do not make all of it.")
    for statement in found.statements:
        print(f"\n{statement};")
    return 0


def _live() -> _State:
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
    return _State(catalog, project.database, lower)


def _replayed(name: str, live: _State | None) -> _State:
    """A state that a replay makes; as a server prints it, if it is compared with one."""
    target = live.catalog.target if live is not None else None
    state = in_fresh_process(lambda: _replayed_here(Path.cwd(), name, target))
    if live is None:
        return state
    catalog = as_printed(state.catalog)
    return _State(with_lower_names(catalog) if live.lower else catalog, state.words)


def _replayed_here(root: Path, name: str, target: Target | None) -> _State:
    settings = load_settings(root)
    try:
        with project_history(settings, target=target, accepting=False) as history:
            return _State(history.state_at(name).catalog, name)
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
        project_history(then, root, target=target, accepting=False) as history,
    ):
        return _State(history.state_at("heads").catalog, f"commit {commit[:10]}")
