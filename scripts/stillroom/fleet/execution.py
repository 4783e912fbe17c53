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

import stillroom
from stillroom.apply.script.driver_script import Script
from stillroom.apply.script.sending import Limits, ScriptStopped, send
from stillroom.fleet.connections import FAILURES, cause, connected

_LAST = 600  # characters of what a process has said that are told


@dataclass(frozen=True)
class Job:
    """What is to be done to a database. ``words`` is the command of a job without ``script``."""

    name: str
    url: str = field(repr=False)
    host: str
    script: Script | None
    words: tuple[str, ...] = ()
    root: str = ""
    variable: str = "DB_URL"
    limits: Limits = field(default_factory=Limits)


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
    assert job.script is not None
    try:
        with connected(sa.make_url(job.url)) as raw:
            return send(job.script, raw, job.limits, should_stop)
    except ScriptStopped as reason:
        raise _Failed(str(reason)) from reason
    except FAILURES as error:
        raise _Failed(cause(error)) from error


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
