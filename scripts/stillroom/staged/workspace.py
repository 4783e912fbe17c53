"""Opens the project as its own code expects it: in its folder, with its variables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.catalog import Target
from stillroom.drift import baseline
from stillroom.errors import CannotTell
from stillroom.project import settings as settings_
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.folders import history_cache
from stillroom.project.fresh_process import waiting_process
from stillroom.project.git import Repository
from stillroom.project.import_places import forget_relative_folders, imported_from
from stillroom.project.project import alembic_config, require_project, script_folder
from stillroom.project.settings import Settings
from stillroom.replay.history import History, opened_history
from stillroom.replay.sandbox import sandbox
from stillroom.replay.scratch import ScratchRun, ScratchServer
from stillroom.shell import quote
from stillroom.staged import index_verdicts
from stillroom.staged.checkout import Checkout, checkout
from stillroom.staged.revisions import Staged


def load_settings(root: Path) -> Settings:
    """The settings of the project at ``root``. Raises StillroomError if there is no alembic.ini."""
    settings = settings_.load(root.resolve())
    require_project(settings)
    return settings


@contextmanager
def project_history(
    settings: Settings,
    root: Path | None = None,
    *,
    target: Target | None = None,
    accepting: bool = True,
    runs_env: bool = True,
    scratch: ScratchServer | None = None,
) -> Iterator[History]:
    """The history of the project, opened in its folder with its variables.

    ``root`` is where the user works, if ``settings`` are those of a copy of what is staged. No
    database is contacted, but a scratch server: ``scratch``, by default that of SCRATCH_URL, and
    only for what cannot be replayed. Unless ``accepting``, what the project has accepted is no
    part of it. Unless ``runs_env``, nothing is imported but revisions and what these import, and
    no server is asked.
    """
    with ExitStack() as stack:
        if scratch is None and runs_env:
            scratch = stack.enter_context(
                scratch_server(settings, root, target=target, accepting=accepting)
            )
        history = stack.enter_context(
            _opened(settings, root, target, accepting=accepting, runs_env=runs_env)
        )
        history.scratch = scratch
        yield history


@contextmanager
def scratch_server(
    settings: Settings,
    root: Path | None = None,
    *,
    target: Target | None = None,
    accepting: bool = True,
) -> Iterator[ScratchServer | None]:
    """What runs revisions on the server of SCRATCH_URL; None if that is not set.

    To be entered before anything of the project is imported.
    """
    with inside(settings):
        url = os.environ.get("SCRATCH_URL")
    if not url:
        yield None
        return

    def work(order: tuple[str, ...], told: frozenset[str]) -> ScratchRun:
        from stillroom.drift.on_scratch_server import run_revisions

        with _opened(settings, root, target, accepting=accepting) as history:
            return run_revisions(history, url, order, told)

    with waiting_process(work) as scratch:
        yield scratch


@contextmanager
def _opened(
    settings: Settings,
    root: Path | None,
    target: Target | None,
    *,
    accepting: bool,
    runs_env: bool = True,
) -> Iterator[History]:
    cache = history_cache(root or settings.root)
    with inside(settings):
        config = alembic_config(settings)
        with opened_history(config, target=target, cache=cache, runs_env=runs_env) as history:
            if accepting:
                file = baseline.path(settings.root, config)
                history.accepted = baseline.read(file, history.target).sections
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
    _change_directory(settings.root)
    try:
        os.environ.update(values)
        yield
    finally:
        os.environ.clear()
        os.environ.update(outer)
        _change_directory(before)


def _change_directory(folder: Path) -> None:
    os.chdir(folder)
    forget_relative_folders()


@contextmanager
def staged_project(
    root: Path, instead: str, *, since: str | None = None, until: str | None = None
) -> Iterator[tuple[Settings, Staged]]:
    """A copy of the project as it is staged, or as the commit ``until`` has it.

    It is compared with HEAD, or with the commit ``since``. Raises CannotTell, which offers
    ``instead``, if nothing is staged.
    """
    repository = Repository.find(root, needed=True)
    if repository is None:
        raise CannotTell(
            "is not in a git repository, so nothing is staged",
            where=str(root),
            fix=f"git init, or {instead}",
        )
    entries = repository.committed_entries(until) if until else repository.staged_entries()
    entries = repository.with_submodules(entries)
    before = repository.committed_entries(since or "HEAD")
    with checkout(repository, entries) as copy:
        settings = settings_.load(copy.project, dotenv_root=root)
        if not settings.is_there:
            file = os.path.relpath(load_settings(root).ini, root)
            if until:
                raise CannotTell(
                    "that commit does not have this file, so there is no Alembic environment",
                    where=file,
                    fix=f"To have something to look at, {instead}.",
                )
            raise CannotTell(
                "is not staged, so there is no Alembic environment to judge",
                where=file,
                fix=f"git add {quote(file)}\nor {instead}",
            )
        with inside(settings), imported_from(copy.top, repository.top):
            folders = version_folders(settings)
            _refuse_left_out(copy, settings, folders, instead)
            extra = _extra_files(root, repository.top.resolve(), settings)
            index_verdicts.keep_extra(str(root), extra)
            copy.overlay(root, extra)
            yield settings, Staged(repository, entries, before, copy, folders)


def _refuse_left_out(
    copy: Checkout, settings: Settings, folders: Sequence[str], instead: str
) -> None:
    """Raise CannotTell if a module of the project, or a folder of some, is not in the copy."""
    scripts = {folder.rpartition("/")[0] for folder in folders}
    packages = {name.partition(".")[0] for name in settings.models}
    for path, why in copy.left_out.items():
        inner = path.removeprefix(copy.prefix)
        is_near = any(
            f"{inner}/".startswith(f"{folder}/") for folder in {*scripts, *packages} if folder
        )
        if is_near or path.endswith(".py"):
            raise CannotTell(
                f"{why}, so its content is unknown",
                where=inner,
                fix=f"Replace it with the files themselves, or {instead}",
            )


def _extra_files(root: Path, top: Path, settings: Settings) -> list[str]:
    """The files beside those in git that the project says it reads, relative to it."""
    paths = []
    for pattern in settings.extra_files:
        with suppress(ValueError, NotImplementedError):  # an absolute one, or an empty one
            paths += [path for path in sorted(root.glob(pattern)) if path.is_file()]
    there = dict.fromkeys(Path(os.path.normpath(path)) for path in paths)
    return [
        Path(os.path.relpath(path, root)).as_posix() for path in there if path.is_relative_to(top)
    ]


def with_hint(reason: CannotTell) -> CannotTell:
    """``reason``, of what fails in the copy of what is staged and not in the working tree."""
    hint = (
        "It works in the working tree, so something is not staged or not in git."
        " A file that must\nnot be in git can be named in alembic.ini: [stillroom]"
        " extra_files = …"
    )
    return CannotTell(
        reason.what, where=reason.where, fix="\n".join(filter(None, (reason.fix, hint)))
    )


def version_folders(settings: Settings) -> list[str]:
    """Where the revisions are, relative to the project."""
    with sandbox(settings.root):  # a folder in a package is found by importing the package
        try:
            scripts = ScriptDirectory.from_config(alembic_config(settings))
        except CommandError as error:
            raise CannotTell(str(error), where="alembic.ini") from error
        except ImportError:
            script_folder(settings)  # says what cannot be imported
            raise
        locations = alembic_internals.version_folders(scripts)
    root = settings.root.resolve()
    folders = [folder.resolve() for folder in locations]
    return [path.relative_to(root).as_posix() for path in folders if path.is_relative_to(root)]
