"""Looks at everything that the other verbs rely on, and says what is missing."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from alembic.script import ScriptDirectory

from stillroom.adoption import hook_runner
from stillroom.adoption import live as live_database
from stillroom.adoption.live import Live
from stillroom.adoption.survey import Survey, server_target
from stillroom.apply.preflight import OPTIONAL_PRIVILEGES
from stillroom.doctor import other_servers
from stillroom.doctor.line import Line, unknown, wrong
from stillroom.errors import StillroomError
from stillroom.project.explanations import explained
from stillroom.project.project import alembic_config, make_importable
from stillroom.project.settings import DEFAULT_TARGET, Settings
from stillroom.replay.revisions.heads import kept_apart
from stillroom.shell import Command
from stillroom.staged.workspace import load_settings

_PACKAGES = ("alembic", "sqlalchemy")
_OLDEST_PYTHON = (3, 11)


def examine(root: Path) -> Iterator[Line]:
    """One line for each thing, from the ground up."""
    yield _python()
    yield from _packages()
    try:
        settings = load_settings(root)
        survey = Survey.of(settings)
    except StillroomError as error:
        yield unknown("settings", str(error))
        return
    yield _settings(settings)
    yield _env_py(survey)
    yield _heads(settings)
    yield from _hook(survey)
    yield from _databases(survey)
    yield from other_servers.lines(settings)


def _python() -> Line:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        return wrong("python", f"{version} is too old", f"Use Python {oldest} or newer.")
    return Line("python", f"{version}, {sys.executable}")


def _packages() -> Iterator[Line]:
    versions = []
    for name in _PACKAGES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield wrong("packages", f"{name} is not installed", f"pip install {name}")
    yield Line("packages", ", ".join(versions))


def _settings(settings: Settings) -> Line:
    named = os.path.relpath(settings.ini, settings.root)
    where = named if settings.ini.exists() else "pyproject.toml"
    if settings.target is None:
        text = f"{where} names no target; {DEFAULT_TARGET} is assumed"
        return wrong("settings", text, Command("adopt", target=str(DEFAULT_TARGET)))
    return Line("settings", f"{where}, for {settings.target}")


def _env_py(survey: Survey) -> Line:
    shown = os.path.relpath(survey.env_py, survey.settings.root)
    try:
        lacks = survey.env_edit().changes_something
    except StillroomError as error:
        return unknown("env.py", str(error))
    if lacks:
        text = f"{shown}: plain alembic would not stop at a half-applied revision"
        return wrong("env.py", text, Command("adopt"))
    return Line("env.py", f"{shown}, {survey.flavour}")


def _heads(settings: Settings) -> Line:
    make_importable(settings)  # revisions may import it
    try:
        scripts = ScriptDirectory.from_config(alembic_config(settings))
        heads = scripts.get_heads()
    except Exception as error:  # noqa: BLE001 - a revision may raise anything
        return unknown("revisions", str(explained(error, settings)))
    if len(heads) > 1 and not kept_apart(scripts):
        ways = (
            f"{Command('merge', m='…')} joins them, {Command('rebase')} moves yours after the other"
        )
        return wrong("revisions", f"{len(heads)} heads: {', '.join(heads)}", ways)
    return Line("revisions", f"head {', '.join(heads)}" if heads else "none yet")


def _hook(survey: Survey) -> Iterator[Line]:
    try:
        runner = survey.hook
    except StillroomError as error:
        yield unknown("hook", str(error))
        return
    if runner.by_hand:
        yield wrong("hook", f"{runner.name} does not run the check", runner.by_hand)
        return
    if runner.edit is not None and runner.edit.changes_something:
        yield wrong("hook", f"{runner.name} does not run the check", Command("adopt"))
        return
    if runner.install:
        command = " ".join(runner.install)
        yield wrong("hook", f"{runner.name} is not installed in this clone", command)
        return
    script = hook_runner.hooks_folder(survey.top) / "pre-commit"
    if script.exists() and not os.access(script, os.X_OK):
        yield wrong(
            "hook", f"git does not run {script}: it is not executable", f"chmod +x {script}"
        )
        return
    if missing := _missing_program(survey):
        installs = survey.installer.startswith(f"{missing} ")
        remedy = f"install {missing}, as this project does" if installs else survey.installer
        yield wrong("hook", f"the hook calls {missing}, which does not exist", remedy)
        return
    yield Line("hook", f"{runner.name} runs the check at each commit")


def _missing_program(survey: Survey) -> str:
    """The program that starts the hook, if it is not there; what git finds is what we find."""
    folder = survey.top  # where git starts it
    try:
        words = shlex.split(survey.hook.command)
        if words[:2] == ["sh", "-c"]:
            folder = survey.settings.root
            words = shlex.split(words[2].partition("exec ")[2])
    except ValueError:  # of a shell's syntax that is more than a command
        return ""
    prefixed = (word for word in words if word not in ("exec", "env") and "=" not in word)
    program = next(prefixed, "")
    installed = not program or shutil.which(program) or (folder / program).exists()
    beside = (Path(sys.executable).parent / program).exists()
    return "" if installed or beside else program


def _databases(survey: Survey) -> Iterator[Line]:
    databases, unreachable = live_database.ask(survey.settings.root)
    if not databases:
        yield unknown("server", f"not reached: {unreachable}")
        return
    for database in databases:
        yield from _database(survey, database)


def _database(survey: Survey, database: Live) -> Iterator[Line]:
    if database.kind == "sqlite":
        yield Line("server", f"SQLite: {database.database}")
        return
    at = f"at {', '.join(database.heads)}" if database.is_stamped else "without a revision"
    yield Line(
        "server",
        f"{database.kind} {database.version} by {database.driver}: {database.database}, {at}",
    )
    if not database.is_stamped and database.own_tables:
        text = f"{len(database.own_tables)} tables, but no revision is recorded"
        yield wrong("database", text, f"{Command('adopt')} finds out which revision they match.")
    if survey.settings.target is None and (target := server_target(database)) not in (
        None,
        DEFAULT_TARGET,
    ):
        text = f"the server is {target}, and {DEFAULT_TARGET} is assumed"
        yield wrong("target", text, Command("adopt", target=str(target)))
    problems = [*database.problems, *filter(None, [database.unknown])]
    for problem in problems:
        yield wrong("upgrade", problem)
    if not problems:
        yield Line("upgrade", "strict mode, writable, with the privileges that it needs")
    if database.lacks:
        why = "\n".join(f"{name}: {OPTIONAL_PRIVILEGES[name]}" for name in database.lacks)
        yield Line("privileges", f"without {', '.join(database.lacks)}", remedy=why)
    if left := [
        name for name in database.tables if name.endswith(("_stillroom_new", "_stillroom_old"))
    ]:
        yield wrong(
            "leftovers",
            f"table copies left behind by a killed upgrade: {', '.join(left)}",
            f"{Command('upgrade')} removes them and makes them again.",
        )
