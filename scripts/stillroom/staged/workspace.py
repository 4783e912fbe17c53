"""The project as its own code expects it: in its folder, with its variables, staged or as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.catalog import Target
from stillroom.errors import CannotTell
from stillroom.project import settings as settings_
from stillroom.project.folders import history_cache
from stillroom.project.git import Repository
from stillroom.project.project import alembic_config, require_project
from stillroom.project.settings import Settings
from stillroom.replay.history import History, opened_history
from stillroom.staged.checkout import checkout
from stillroom.staged.revisions import Staged
from stillroom.staged.tree_verdicts import relevant


def load_settings(root: Path) -> Settings:
    """The settings of the project at ``root``. Raises StillroomError if there is no alembic.ini."""
    settings = settings_.load(root.resolve())
    require_project(settings)
    return settings


@contextmanager
def project_history(
    settings: Settings, root: Path | None = None, *, target: Target | None = None
) -> Iterator[History]:
    """The history of the project, opened in its folder with its variables.

    ``root`` is where the user works, if ``settings`` are those of a copy of what is staged. No
    database is contacted.
    """
    cache = history_cache(root or settings.root)
    with (
        inside(settings),
        opened_history(alembic_config(settings), target=target, cache=cache) as history,
    ):
        yield history


@contextmanager
def inside(settings: Settings) -> Iterator[None]:
    """The process as the project's code expects it: in its folder, with its ``.env``.

    The embedded database is SQLite, and its revisions are for a server: so they are judged as
    for one. It is never contacted, whatever its name.
    """
    values = {**settings.environment}
    is_set = any(values.get(name) for name in ("DB_HOST", "DB_NAME", "DB_URL"))
    if not is_set or values.get("DB_URL", "").startswith("sqlite"):
        values["DB_URL"] = "mysql+pymysql://stand-in/app"
    before, outer = Path.cwd(), dict(os.environ)
    os.chdir(settings.root)
    try:
        os.environ.update(values)
        yield
    finally:
        os.environ.clear()
        os.environ.update(outer)
        os.chdir(before)


@contextmanager
def staged_project(
    root: Path, instead: str, *, since: str | None = None, until: str | None = None
) -> Iterator[tuple[Settings, Staged]]:
    """A copy of the project as it is staged, or as the commit ``until`` has it.

    It is compared with HEAD, or with the commit ``since``. Raises CannotTell, which offers
    ``instead``, if nothing is staged.
    """
    repository = Repository.find(root)
    if repository is None:
        raise CannotTell(
            "is in no git work tree, so nothing is staged",
            where=str(root),
            fix=f"git init, or {instead}",
        )
    tree = repository.committed(until) if until else repository.staged()
    before = repository.committed(since or "HEAD")
    with checkout(repository, relevant(tree)) as folder:
        settings = settings_.load(folder, dotenv_root=root)
        if not settings.ini.exists():
            load_settings(root)
            raise CannotTell(
                "is not staged, so there is no Alembic environment to judge",
                where=settings.ini.name,
                fix=f"git add alembic.ini, or {instead}",
            )
        with inside(settings):
            yield settings, Staged(repository, tree, before, version_folders(settings))


def version_folders(settings: Settings) -> list[str]:
    """Where the revisions are, relative to the project."""
    try:
        scripts = ScriptDirectory.from_config(alembic_config(settings))
    except CommandError as error:
        raise CannotTell(str(error), where="alembic.ini") from error
    locations = [Path(str(name)).resolve() for name in scripts.version_locations or []]
    default = Path(scripts.versions).resolve()
    root = settings.root.resolve()
    return [
        path.relative_to(root).as_posix()
        for path in locations or [default]
        if path.is_relative_to(root)
    ]
