"""Takes the waves of a fleet through an upgrade, and stops when it must."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from stillroom.errors import SettingsError
from stillroom.fleet.execution import Job, Outcome, run
from stillroom.fleet.waves import is_open
from stillroom.project.project import make_importable
from stillroom.project.servers.passwords import masked
from stillroom.project.settings import Settings

_TICK = 0.2  # seconds between two looks at what has come


@dataclass(frozen=True)
class WaveBegun:
    """Wave ``number`` of ``count``, with ``size`` databases."""

    number: int
    count: int
    size: int


Listener = Callable[[WaveBegun | Outcome], None]


@dataclass
class Result:
    """What was done, and ``why`` not all.

    ``stopped`` are at the end of a revision and have more to come; ``untouched`` names those that
    were not begun.
    """

    done: list[Outcome] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)
    stopped: list[Outcome] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    why: str = ""
    interrupted: bool = False


class Rollout:
    """One way through a fleet. ``limits`` are the settings `fleet_…`."""

    def __init__(self, limits: Settings, listener: Listener) -> None:
        self._limits = limits
        self._listener = listener
        self._result = Result()
        self._stop = threading.Event()

    def through(self, waves: Sequence[Sequence[Job]]) -> Result:
        """Do all waves, each after the one before; a failure of a database is in the result."""
        waves = [wave for wave in waves if wave]
        with _signals(self._stop), self._executor() as executor:
            for number, wave in enumerate(waves, start=1):
                if number > 1:
                    self._between()
                if not self._why():
                    self._listener(WaveBegun(number, len(waves), len(wave)))
                left = [] if not self._why() else list(wave)
                left = left or self._wave(wave, executor)
                self._result.untouched += [job.name for job in left]
        self._result.why = self._why()
        self._result.interrupted = self._stop.is_set()
        return self._result

    def _why(self) -> str:
        """Why no further database is begun; "" if one may be."""
        limit = self._limits.fleet_on_error
        if self._stop.is_set():
            return "interrupted"
        if self._result.why:
            return self._result.why
        if limit is not None and len(self._result.failed) > limit:
            return f"more than {limit} failed" if limit else "one failed"
        if not is_open(self._limits.fleet_window, datetime.now()):
            return "the window of time is over"
        return ""

    def _wave(self, wave: Sequence[Job], executor: Executor) -> list[Job]:
        """Run the jobs of a wave; returns those that were not begun."""
        waiting = list(wave)
        running: dict[Future[Outcome], Job] = {}
        should_stop = (self._stop.is_set,) if isinstance(executor, ThreadPoolExecutor) else ()
        while waiting or running:
            hosts = Counter(job.host for job in running.values())
            while not self._why() and len(running) < self._limits.fleet_parallel:
                job = next(
                    (job for job in waiting if hosts[job.host] < self._limits.fleet_per_host), None
                )
                if job is None:
                    break
                waiting.remove(job)
                hosts[job.host] += 1
                running[executor.submit(run, job, *should_stop)] = job
            if not running:
                break
            for future in wait(running, timeout=_TICK, return_when=FIRST_COMPLETED).done:
                self._note(_outcome(future, running.pop(future)))
        return waiting

    def _note(self, outcome: Outcome) -> None:
        result = self._result
        if outcome.error:
            result.failed.append(outcome)
        else:
            (result.stopped if outcome.stopped else result.done).append(outcome)
        self._listener(outcome)

    def _between(self) -> None:
        """The pause and the check between two waves."""
        if self._why():
            return
        self._stop.wait(self._limits.fleet_pause)
        command = self._limits.fleet_check
        if not command or self._why():
            return
        done = subprocess.run(  # noqa: S602  # the setting is a command for a shell
            command, shell=True, cwd=self._limits.root, check=False
        )
        if done.returncode:
            self._result.why = f"the check `{command}` ended with exit code {done.returncode}"

    @contextmanager
    def _executor(self) -> Iterator[Executor]:
        reference = self._limits.fleet_executor
        executor: Executor = (
            _made(reference, self._limits)
            if reference
            else ThreadPoolExecutor(self._limits.fleet_parallel)
        )
        with executor:
            yield executor


def _made(reference: str, settings: Settings) -> Executor:
    module, _, name = reference.partition(":")
    make_importable(settings)
    try:
        made: Any = getattr(import_module(module), name)()
    except Exception as error:
        raise SettingsError(
            f"{reference}() did not return an executor:"
            f" {type(error).__name__}: {masked(str(error))}",
            where=f"{settings.ini.name}: [stillroom] fleet_executor",
        ) from error
    if not isinstance(made, Executor):
        raise SettingsError(
            f"{reference}() returned {type(made).__name__}, which is no"
            " concurrent.futures.Executor",
            where=f"{settings.ini.name}: [stillroom] fleet_executor",
        )
    return made


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001  # of the executor: a worker that is gone
        words = masked(f"its worker failed: {type(error).__name__}: {error}")
        return Outcome(job.name, 0.0, words)


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM: nothing more is begun, and what runs may end its revision."""
    handled = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in handled]
    try:
        yield
    finally:
        for number, handler in zip(handled, before, strict=True):
            signal.signal(number, handler)
