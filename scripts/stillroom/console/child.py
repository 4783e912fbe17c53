"""Runs what reaches a verdict in a child process, so that a process that ends is no verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from stillroom.project.child_process import CAN_FORK, answer_of

EXIT_CANNOT = 2  # as in stillroom.errors, which the hook has no time to import


def verdict_of(work: Callable[[], int]) -> int:
    """The exit code that ``work`` returns, or 2 if its process ends before it returns one.

    Otherwise a model that calls ``os._exit(0)`` would make a commit look clean.
    """
    if not CAN_FORK:
        return work()

    def tell(answer: Callable[[bytes], None]) -> int:
        try:
            code = work()
        except SystemExit as done:  # argparse has said what is wrong
            code = done.code if isinstance(done.code, int) else EXIT_CANNOT
        answer(bytes([code]))
        return code

    verdict, exit_code = answer_of(tell)
    if verdict:
        return verdict[0]
    _say_ended(exit_code)
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
