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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn, TypeVar

from stillroom.errors import StillroomError
from stillroom.project.child_process import CAN_FORK, answer_of, signals_left_to

T = TypeVar("T")


def in_fresh_process(work: Callable[[], T]) -> T:
    """What ``work`` returns, which must be data that can be pickled.

    Raises the StillroomError that ``work`` raises, and StillroomError if its process is killed.
    Ctrl-C and SIGTERM reach ``work``, and it is waited for. Without fork(), as on Windows, it runs
    in this process.
    """
    if not CAN_FORK:
        return work()
    answered: T = _result(_forked(work))
    return answered


def _forked(work: Callable[[], Any]) -> bytes:
    """The pickled outcome of ``work``, done in a child."""
    content, code = answer_of(partial(_answer, work))
    if not content:
        ending = f"was killed (exit code {code})" if code else "ended before it had a result"
        return _pickled(partial(_fail, f"a process of this command {ending}"))
    return content


def _fail(what: str) -> NoReturn:
    raise StillroomError(what)


def _result(content: bytes) -> Any:
    """What the work returned whose outcome this is; raises what it raised."""
    outcome, result = pickle.loads(content)  # noqa: S301  # it is from our own child
    match outcome:
        case "done":
            return result
        case "failed":
            raise _rebuilt(*result)
        case _:
            raise ChildFailed(result)


@contextmanager
def waiting_process(work: Callable[..., T]) -> Iterator[Callable[..., T]]:
    """Gives a function that does ``work`` in a process which has imported no more than this now.

    What it is given, and what it returns, must be data that can be pickled. It raises what
    ``in_fresh_process`` does.
    """
    if not CAN_FORK:
        yield work
        return
    sys.stdout.flush()
    sys.stderr.flush()
    (questions, ask), (answers, answer) = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        os.close(ask)
        os.close(answers)
        _wait_for_work(work, questions, answer)
    os.close(questions)
    os.close(answer)
    with os.fdopen(answers, "rb") as reader, os.fdopen(ask, "wb") as writer:

        def asked(*arguments: Any) -> T:
            pickle.dump(arguments, writer)
            writer.flush()
            with signals_left_to(child):
                content = pickle.load(reader)  # noqa: S301  # it is from our own child
            answered: T = _result(content)
            return answered

        yield asked
    os.waitpid(child, 0)


def _wait_for_work(work: Callable[..., Any], questions: int, answer: int) -> None:
    """Do ``work``, each time in a process of its own, until nobody can ask any more."""
    try:
        with os.fdopen(questions, "rb") as reader, os.fdopen(answer, "wb") as writer:
            while True:
                arguments = pickle.load(reader)  # noqa: S301  # it is from our own parent
                pickle.dump(_forked(partial(work, *arguments)), writer)
                writer.flush()
    except EOFError:
        pass
    finally:
        os._exit(0)


class ChildFailed(Exception):
    """What nobody has foreseen, with the traceback of the process in which it happened."""


def _answer(work: Callable[[], Any], answer: Callable[[bytes], None]) -> int:
    answer(_pickled(work))
    return 0


def _pickled(work: Callable[[], Any]) -> bytes:
    """The outcome of ``work``, for ``_result``."""
    try:
        return pickle.dumps(("done", work()))
    except StillroomError as error:
        return pickle.dumps(("failed", (type(error), error.args, vars(error))))
    except SystemExit as error:
        return _pickled(partial(_fail, f"the project's code ended the process: {error!r}"))
    except Exception:  # noqa: BLE001  # the parent raises it
        return pickle.dumps(("unforeseen", traceback.format_exc()))


def _rebuilt(kind: type[StillroomError], arguments: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    vars(error).update(state)
    return error
