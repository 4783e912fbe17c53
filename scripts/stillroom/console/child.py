"""Runs what reaches a verdict in a child process, so that a process that ends is no verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from stillroom.project.forks import signals_left_to

EXIT_CANNOT = 2  # as in stillroom.errors, which the hook has no time to import


def verdict_of(work: Callable[[], int]) -> int:
    """The exit code that ``work`` returns, or 2 if its process ends before it returns one.

    Otherwise a model that calls ``os._exit(0)`` would make a commit look clean.
    """
    if not hasattr(os, "fork"):
        return work()
    sys.stdout.flush()
    sys.stderr.flush()
    answer, told = os.pipe()
    child = os.fork()
    if not child:
        os.close(answer)
        _tell(work, told)
    os.close(told)
    with signals_left_to(child):  # it says what it was interrupted in
        code = os.read(answer, 1)
        _, status = os.waitpid(child, 0)
    os.close(answer)
    if code:
        return code[0]
    _say_ended(os.waitstatus_to_exitcode(status))
    return EXIT_CANNOT


@contextmanager
def no_early_success() -> Iterator[None]:
    """Within it, ``os._exit(0)`` in the project's code ends the process with 2, and says so.

    For what changes a database, and so has to be the process that its caller can kill.
    """
    own, leave = os.getpid(), os._exit

    def leave_without_success(status: int) -> NoReturn:
        if status == 0 and os.getpid() == own:
            _say_ended(status)
            status = EXIT_CANNOT
        leave(status)

    os._exit = leave_without_success
    try:
        yield
    finally:
        os._exit = leave


def _say_ended(code: int) -> None:
    print(
        f"the process ended before it reached a verdict (exit code {code})\n"
        "    Either it was killed, or an imported module ended it, for example with os._exit().",
        file=sys.stderr,
    )


def _tell(work: Callable[[], int], told: int) -> None:
    """Never returns: what stands behind the fork is for the parent."""
    code = EXIT_CANNOT
    try:
        code = work()
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(told, bytes([code]))
    except SystemExit as done:  # argparse has said what is wrong
        code = done.code if isinstance(done.code, int) else EXIT_CANNOT
        os.write(told, bytes([code]))
    finally:
        os._exit(code)
