"""Runs part of a command in a process of its own, which imports the project afresh.

A replay imports a project's modules with a stand-in for the server, and an upgrade with the driver.
Many modules cannot be imported twice in one process: SQLModel knows their tables already, and so
does a registry of metrics. So each part runs in a child, and the parent never imports them.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from stillroom.errors import StillroomError
from stillroom.project.child_process import CAN_FORK, answer_of

T = TypeVar("T")


def in_fresh_process(work: Callable[[], T]) -> T:
    """What ``work`` returns, which must be data that can be pickled.

    Raises the StillroomError that ``work`` raises, and StillroomError if its process is killed.
    Ctrl-C and SIGTERM reach ``work``, and it is waited for. Without fork(), as on Windows, it runs
    in this process.
    """
    if not CAN_FORK:
        return work()
    content, code = answer_of(partial(_answer, work))
    if not content:
        raise StillroomError(f"a process of this command was killed (exit code {code})")
    outcome, result = pickle.loads(content)  # noqa: S301  # it is from our own child
    match outcome:
        case "done":
            answered: T = result
            return answered
        case "failed":
            raise _rebuilt(*result)
        case _:
            raise ChildFailed(result)


class ChildFailed(Exception):
    """What nobody has foreseen, with the traceback of the process in which it happened."""


def _answer(work: Callable[[], Any], answer: Callable[[bytes], None]) -> int:
    try:
        content = pickle.dumps(("done", work()))
    except StillroomError as error:
        content = pickle.dumps(("failed", (type(error), error.args, vars(error))))
    except Exception:  # noqa: BLE001  # the parent raises it
        content = pickle.dumps(("unforeseen", traceback.format_exc()))
    answer(content)
    return 0


def _rebuilt(kind: type[StillroomError], arguments: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    vars(error).update(state)
    return error
