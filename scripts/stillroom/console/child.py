"""Runs what reaches a verdict in a child process, so that a process that ends is no verdict."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

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
    # Ctrl-C reaches both processes; the child says what it was interrupted in.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = os.read(answer, 1)
        _, status = os.waitpid(child, 0)
    finally:
        signal.signal(signal.SIGINT, handler)
        os.close(answer)
    if code:
        return code[0]
    print(
        "the process ended before it reached a verdict (exit code "
        f"{os.waitstatus_to_exitcode(status)})\n"
        "    Either it was killed, or an imported module ended it, for example with"
        " os._exit().",
        file=sys.stderr,
    )
    return EXIT_CANNOT


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
