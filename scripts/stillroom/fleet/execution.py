"""Does the work on one database: a compiled script, or an upgrade in Python.

What is here runs in a thread, or on another machine: a `Job` and an `Outcome` are data.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

import stillroom
from stillroom.apply.connection import Raw, error_code
from stillroom.apply.errors import shorten
from stillroom.apply.script.statements import Script, failure
from stillroom.apply.server import Server, settle_session
from stillroom.catalog import error_numbers as er
from stillroom.fleet.survey import CONNECT_SECONDS

_RETRY = 0.5  # seconds until a table that others use is asked for again
_LAST = 600  # characters of what a process has said that are told


@dataclass(frozen=True)
class Job:
    """What is to be done to a database. ``words`` is the command of a job without ``script``.

    ``lock_wait`` and ``lock_limit`` are in seconds, as the settings of these names.
    """

    name: str
    url: str = field(repr=False)
    host: str
    script: Script | None
    words: tuple[str, ...] = ()
    root: str = ""
    variable: str = "DB_URL"
    lock_wait: float = 1.0
    lock_limit: float = 600.0


@dataclass(frozen=True)
class Outcome:
    """How it went. ``stopped`` says that it was asked to end before its last revision."""

    name: str
    seconds: float
    error: str = ""
    stopped: bool = False


def _never() -> bool:
    return False


def run(job: Job, should_stop: Callable[[], bool] = _never) -> Outcome:
    """Do it. A failure of the database is an outcome, and nothing is raised for it."""
    began = time.monotonic()
    try:
        stopped = _by_script(job, should_stop) if job.script else _by_process(job)
        return Outcome(job.name, time.monotonic() - began, stopped=stopped)
    except _Failed as reason:
        return Outcome(job.name, time.monotonic() - began, str(reason))


class _Failed(Exception):
    """What a person is told of a database that could not be brought to its revision."""


def _by_script(job: Job, should_stop: Callable[[], bool]) -> bool:
    url = sa.make_url(job.url)
    engine = sa.create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    errors = engine.dialect.loaded_dbapi.Error
    until = time.monotonic() + job.lock_limit
    while True:
        try:
            connection = engine.raw_connection()
            try:
                raw = Raw(connection.dbapi_connection, engine.dialect)
                stopped, reason = _sent(job, raw, should_stop)
            finally:
                connection.close()
        except sa.exc.SQLAlchemyError as error:
            raise _Failed(_words(getattr(error, "orig", None) or error)) from error
        except errors as error:
            raise _Failed(_words(error)) from error
        is_in_use = reason.startswith(f"{er.LOCK_WAIT_TIMEOUT} ")
        if reason and not (is_in_use and time.monotonic() < until and not should_stop()):
            raise _Failed(reason)
        if not reason:
            return stopped
        time.sleep(_RETRY)  # the script goes on with the statement that had to wait


def _sent(job: Job, raw: Raw, should_stop: Callable[[], bool]) -> tuple[bool, str]:
    """Send the script; whether it was stopped between two revisions, and what has failed."""
    assert job.script is not None
    settle_session(Server.ask(raw), raw)
    raw.execute(f"SET SESSION lock_wait_timeout = {max(1, round(job.lock_wait))}")
    for statement in job.script.begin:
        raw.execute(statement)
    stopped, reason = False, failure(raw)
    for revision in job.script.revisions:
        if reason:
            break
        if should_stop():
            stopped = True
            break
        for statement in revision:
            raw.execute(statement)
        reason = failure(raw)
    for statement in job.script.end:
        raw.execute(statement)
    return stopped, reason or failure(raw)


def _words(error: BaseException) -> str:
    """What a driver's error says, without the statement around it."""
    code = error_code(error)
    text = str(error.args[1] if code is not None and len(error.args) > 1 else error)
    for told in ("another deployer has the lock", "this account lacks ", "no database is named"):
        if told in text:  # the script stops by a statement that says why
            return shorten(told + text.partition(told)[2].partition("' at line")[0], 200)
    return shorten(f"{code} {text}" if code else text, 200)


def _by_process(job: Job) -> bool:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("STILLROOM_")
    }
    above = [str(Path(stillroom.__file__).parents[1]), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, above))
    environment[job.variable] = job.url
    environment["CONFIRM"] = str(sa.make_url(job.url).database)  # the fleet has been confirmed
    done = subprocess.run(
        [sys.executable, "-m", "stillroom", *job.words],
        cwd=job.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # Ctrl-C lets it end
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-_LAST:]
        raise _Failed(f"exit code {done.returncode}: {said}")
    return False
