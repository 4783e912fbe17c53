"""Runs a function in a child process, and hands back what it has written.

The hook has no time for more: this imports nothing but what Python has imported already.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

CAN_FORK = hasattr(os, "fork")  # not on Windows
_SIZE = 8  # bytes for the length of an answer


def answer_of(work: Callable[[Callable[[bytes], None]], int]) -> tuple[bytes, int]:
    """What ``work`` gives the function that it gets, and the exit code of its process.

    ``work`` returns the exit code; a signal that has killed the process makes it negative. Ctrl-C
    and SIGTERM reach ``work``, and it is waited for.
    """
    _flush()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _work(work, writer)
    os.close(writer)
    with signals_left_to(child), os.fdopen(reader, "rb") as pipe:
        # Not to the end of the pipe, which a process that the project has started may keep open.
        content = pipe.read(int.from_bytes(pipe.read(_SIZE)))
        _, status = os.waitpid(child, 0)
    return content, os.waitstatus_to_exitcode(status)


def _work(work: Callable[[Callable[[bytes], None]], int], writer: int) -> None:
    """Never returns: what stands behind the fork is for the parent."""

    def answer(content: bytes) -> None:
        _flush()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(len(content).to_bytes(_SIZE) + content)

    code = 2
    try:
        code = work(answer)
    finally:
        os._exit(code)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


@contextmanager
def signals_left_to(child: int) -> Iterator[None]:
    """The terminal sends Ctrl-C to both; what only we are sent is handed on."""

    def hand_on(number: int, _: FrameType | None) -> None:
        os.kill(child, number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
