"""Runs a project's env.py, as it is, and works with the connection that it makes."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import Pool

import stillroom.project.alembic_env.sqlite_copies  # noqa: F401  # so that Alembic copies tables as it should
from stillroom.apply.connection import error_code
from stillroom.apply.errors import ApplyError
from stillroom.apply.failures import of_server, place, words_of
from stillroom.catalog import error_numbers as er
from stillroom.errors import StillroomError
from stillroom.project.alembic_env.env_runner import UPGRADE, NoMigrationsRun, run_env
from stillroom.project.explanations import (
    SET_THEM,
    missing_module,
    missing_settings,
    undoubled_percent,
)
from stillroom.project.servers.passwords import masked

# What is to be done with an env.py's configured context; ``proceed`` is what Alembic would do.
Work = Callable[[MigrationContext, Callable[[], None]], None]
_NOT_LET_IN = frozenset(
    {
        er.CON_COUNT_ERROR,
        er.DBACCESS_DENIED_ERROR,
        er.ACCESS_DENIED_ERROR,
        er.BAD_DB_ERROR,
        er.HOST_IS_BLOCKED,
        er.HOST_NOT_PRIVILEGED,
        er.TOO_MANY_USER_CONNECTIONS,
        er.USER_LIMIT_REACHED,
        er.ACCESS_DENIED_NO_PASSWORD_ERROR,
        er.SECURE_TRANSPORT_REQUIRED,
        er.MARIADB_ACCOUNT_HAS_BEEN_LOCKED,
    }
)
_SUPPORTED = ("mysql", "mariadb", "sqlite")


def run(
    config: Config,
    work: Work,
    fn: Callable[..., Any],
    destination: str | None = None,
    command: Sequence[str] = UPGRADE,
) -> None:
    """Run env.py, and ``work`` in it. ``fn`` and ``destination`` are those of EnvironmentContext,
    ``command`` is the command of Alembic that env.py sees.

    Raises StillroomError for whatever goes wrong outside of ``work``: a broken env.py, a
    server that does not answer, an unknown revision. A KeyboardInterrupt stays one, whatever
    fails on the way out because it has come.
    """
    with _interruption_first():
        _run(config, work, fn, destination, command)


def run_inside(context: MigrationContext, work: Work, proceed: Callable[[], None]) -> None:
    """Run ``work`` in an env.py that Alembic itself runs, as ``run`` does."""
    with _interruption_first(), ExitStack() as stack:
        _work_in(context, work, proceed, stack)


@contextmanager
def _interruption_first() -> Iterator[None]:
    """What fails because a KeyboardInterrupt has come is one."""
    try:
        yield
    except Exception as failure:
        behind: BaseException | None = failure
        while behind is not None and not isinstance(behind, KeyboardInterrupt):
            behind = behind.__context__
        if behind is None:
            raise
        raise behind from None


def _work_in(
    context: MigrationContext, work: Work, proceed: Callable[[], None], stack: ExitStack
) -> None:
    assert context.connection is not None
    stack.enter_context(_silent_about_the_dead(context.connection.engine.pool))
    try:
        work(context, proceed)
    except context.connection.dialect.loaded_dbapi.Error as failure:
        raise of_server(failure, "") or ApplyError.refused(failure) from failure


def _run(
    config: Config,
    work: Work,
    fn: Callable[..., Any],
    destination: str | None,
    command: Sequence[str],
) -> None:
    stack = ExitStack()

    def around(environment: EnvironmentContext, proceed: Callable[[], None]) -> None:
        context = environment.get_context()
        _check(context, environment.script)
        _work_in(context, work, proceed, stack)

    try:
        script = ScriptDirectory.from_config(config)
        with stack:
            run_env(config, script, fn, around=around, command=command, destination_rev=destination)
    except StillroomError:
        raise
    except CommandError as failure:
        raise ApplyError("AP305", str(failure)) from failure
    except NoSuchModuleError as failure:
        raise ApplyError("AP306", str(failure), fix="Check the driver in DB_URL.") from failure
    except DBAPIError as failure:
        raise _database_failed(config, failure) from failure
    except NoMigrationsRun:
        raise ApplyError(
            "AP307",
            "env.py did not call context.run_migrations(), so no revision was run",
            where=script.env_py_location,
        ) from None
    except Exception as failure:
        raise _broken(config, failure) from failure


@contextmanager
def _silent_about_the_dead(pool: Pool) -> Iterator[None]:
    """A pool logs a traceback for each connection that has died when it comes back. Who has used
    it has told that by then; and whose work was done has nothing to tell.
    """
    inner: Any = pool.logger  # with echo_pool it wraps the one that has filters
    logger: logging.Logger = getattr(inner, "logger", inner)

    def is_other(record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Exception during reset")

    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)


def _check(context: MigrationContext, script: ScriptDirectory) -> None:
    if context.connection is None or context.as_sql:
        raise ApplyError(
            "AP304",
            "env.py configured Alembic without a connection",
            where=script.env_py_location,
            fix="Call context.configure(connection=…) when context.is_offline_mode() is false.",
        )
    if context.dialect.name not in _SUPPORTED:
        raise ApplyError(
            "AP304",
            f"Stillroom works with MySQL, MariaDB and SQLite, not with {context.dialect.name}",
            fix="Use plain `alembic upgrade` for this database.",
        )


def _database_failed(config: Config, failure: DBAPIError) -> ApplyError:
    """Whose fault it is: the server's, the way to it, or env.py's own statement."""
    if (server_failure := of_server(failure, " while env.py ran")) is not None:
        return server_failure
    # MySQL calls much else operational; it says so by a number of the server's own.
    number = error_code(failure.orig) if failure.orig is not None else None
    if isinstance(failure, OperationalError) if number is None else _is_about_connecting(number):
        return _unreachable(failure)
    return _broken(config, failure)


def _is_about_connecting(number: int) -> bool:
    return number in _NOT_LET_IN or 2000 <= number < 3000


def _unreachable(failure: DBAPIError) -> ApplyError:
    words = words_of(failure.orig) if failure.orig is not None else str(failure)
    return ApplyError(
        "AP102",
        f"the database does not answer: {words}",
        fix="Check that the server is running and that DB_URL is right.",
    )


def _broken(config: Config, failure: Exception) -> ApplyError:
    folder = config.get_alembic_option("script_location") or ""
    where = place(failure, folder)
    if missing := missing_settings(failure):
        return ApplyError("AP308", f"env.py failed: {missing}", where=where, fix=SET_THEM)
    if undoubled := undoubled_percent(failure):
        return ApplyError("AP308", undoubled.what, where=where, fix=undoubled.fix)
    # SQLAlchemy adds a link to its documentation, and indents statements with tabs.
    text = str(failure).partition("(Background on")[0].strip().expandtabs(4)
    what = f"{type(failure).__name__}: {text}"
    what = f"env.py failed: {masked(what)}"
    return ApplyError("AP308", what, where=where, fix=missing_module(failure))


class Terminated(KeyboardInterrupt):
    """SIGTERM, treated like Ctrl-C."""


@contextmanager
def ending_on_term() -> Iterator[None]:
    """SIGTERM ends the block by an exception, so that it can say what it leaves behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
