"""Runs part of a command in a process of its own, which imports the project afresh.

A replay imports a project's modules with a stand-in for the server, and an upgrade with the driver.
Many modules cannot be imported twice in one process: SQLModel knows their tables already, and so
does a registry of metrics. So each part runs in a child, and the parent never imports them.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from stillroom.errors import StillroomError
from stillroom.project.forks import signals_left_to

T = TypeVar("T")


def in_fresh_process(work: Callable[[], T]) -> T:
    """What ``work`` returns, which must be data that can be pickled.

    Raises the StillroomError that ``work`` raises, and StillroomError if its process is killed.
    Ctrl-C and SIGTERM reach ``work``, and it is waited for. Without fork(), as on Windows, it runs
    in this process.
    """
    if not hasattr(os, "fork"):
        return work()
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _work(work, writer)
    os.close(writer)
    with signals_left_to(child), os.fdopen(reader, "rb") as answer:
        content = answer.read()
        _, status = os.waitpid(child, 0)
    if not content:
        code = os.waitstatus_to_exitcode(status)
        raise StillroomError(f"a process of this command was killed (exit code {code})")
    told, result = pickle.loads(content)  # noqa: S301  # it is from our own child
    match told:
        case "done":
            answered: T = result
            return answered
        case "failed":
            raise _rebuilt(*result)
        case _:
            raise ChildFailed(result)


class ChildFailed(Exception):
    """What nobody has foreseen, with the traceback of the process in which it happened."""


def _work(work: Callable[[], Any], writer: int) -> None:
    """Answer by the pipe, and end: what is behind the fork is for the parent."""
    try:
        try:
            content = pickle.dumps(("done", work()))
        except StillroomError as error:
            content = pickle.dumps(("failed", (type(error), error.args, vars(error))))
        except Exception:  # noqa: BLE001  # the parent raises it
            content = pickle.dumps(("unforeseen", traceback.format_exc()))
        sys.stdout.flush()
        sys.stderr.flush()
        with os.fdopen(writer, "wb") as answer:
            answer.write(content)
    finally:
        os._exit(0)


def _rebuilt(kind: type[StillroomError], arguments: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    vars(error).update(state)
    return error
