"""Runs a project's own env.py as Alembic would, for a replay as well as on a server."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn

from alembic.config import CommandLine, Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.project.alembic_env.alembic_internals import outer_context_kept
from stillroom.project.alembic_env.flask_application import application_context
from stillroom.project.patching import replaced

Steps = Callable[[Any, MigrationContext], Any]
# What happens at a context.run_migrations() of env.py; the function is what Alembic would do.
Around = Callable[[EnvironmentContext, Callable[[], None]], None]

UPGRADE = ("upgrade", "heads")
AUTOGENERATE = ("revision", "--autogenerate")


class NoMigrationsRun(Exception):
    """An env.py has never called ``context.run_migrations()``."""


def no_migrations(env_py: Path) -> CannotTell:
    """What a user is told of it."""
    return CannotTell(
        "env.py ran no migrations",
        where=shown(env_py),
        fix="It has to call context.configure() and context.run_migrations().",
    )


def run_env(
    config: Config,
    scripts: ScriptDirectory,
    steps: Steps,
    *,
    around: Around | None = None,
    command: Sequence[str] = UPGRADE,
    instead: Callable[[], None] | None = None,
    **options: Any,
) -> None:
    """Run env.py; ``steps`` says which revisions ``run_migrations()`` runs, on what heads.

    An env.py of several databases calls it once for each of them. ``command`` is the command of
    Alembic that env.py sees in ``config.cmd_opts``; ``options`` are those of EnvironmentContext.
    ``instead`` is run in its place, if given. Raises whatever env.py raises, and NoMigrationsRun.
    """
    environment = EnvironmentContext(config, scripts, fn=steps, **options)
    runs = 0

    def run_migrations(**arguments: Any) -> None:
        nonlocal runs
        runs += 1
        proceed = partial(EnvironmentContext.run_migrations, environment, **arguments)
        if around is None:
            proceed()
        else:
            around(environment, proceed)

    # On the object, not in a subclass: Alembic finds its proxies by the class itself.
    environment.run_migrations = run_migrations  # type: ignore[method-assign]
    with (
        outer_context_kept(),
        _command_line(config, command),
        nullcontext() if instead else application_context(scripts.env_py_location),
        environment,
    ):
        (instead or scripts.run_env)()
    if not runs:
        raise NoMigrationsRun


def engine_of_env(config: Config) -> Engine | None:
    """The engine with which env.py connects first, and which has not connected; None without one.

    An application that env.py asks Flask for is made before, as it may connect for its own ends,
    and perhaps can be made only once. Raises whatever env.py raises before.
    """
    scripts = ScriptDirectory.from_config(config)
    try:
        with application_context(scripts.env_py_location):
            return _engine_of_env(config, scripts)
    except DBAPIError as away:  # it connects, and cannot: its engine is known all the same
        try:
            return _engine_of_env(config, scripts)
        except Exception:  # noqa: BLE001 - it cannot be made twice
            raise away from None


def _engine_of_env(config: Config, scripts: ScriptDirectory) -> Engine | None:
    engines: list[Engine] = []

    def connect(engine: Engine, *_: Any, **__: Any) -> NoReturn:
        engines.append(engine)
        raise _Connecting

    try:
        with replaced(Engine, "connect", connect), replaced(Engine, "raw_connection", connect):
            run_env(config, scripts, lambda *_: ())
    except _Connecting:
        pass
    except Exception:
        if not engines:  # else it is env.py that tidies up behind a failed connection
            raise
    return engines[0] if engines else None


class _Connecting(BaseException):
    """Ends an env.py at its first connection."""


def is_run_by_us(environment: EnvironmentContext) -> bool:
    """Whether this env.py is being run by ``run_env``, and not by plain Alembic."""
    return "run_migrations" in vars(environment)


@contextmanager
def _command_line(config: Config, command: Sequence[str]) -> Iterator[None]:
    """``config.cmd_opts`` has what the command line of Alembic would have put there.

    What the caller has put there is kept, such as the arguments of ``-x``.
    """
    before = config.cmd_opts
    config.cmd_opts = Namespace(**{**_parsed(tuple(command)), **vars(before or Namespace())})
    try:
        yield
    finally:
        config.cmd_opts = before


@cache
def _parsed(command: tuple[str, ...]) -> dict[str, Any]:
    # Recipes ask for `config.cmd_opts.autogenerate`, which only one command has.
    return {"autogenerate": False, **vars(CommandLine("alembic").parser.parse_args(command))}
