"""Whether a failure of a statement may be caught by the code that it comes from."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from stillroom.apply.gate import call_stack

seen: list[bool] = []


def ask() -> None:
    seen.append(call_stack.may_be_caught())


class Op:
    """Has the one method that a block may be made of."""

    def batch_alter_table(self) -> Any:
        return nullcontext()


def plain() -> None:
    ask()


def in_try() -> None:
    try:
        ask()
    finally:
        pass


def in_handler() -> None:
    try:
        raise ValueError
    except ValueError:
        ask()


def in_with() -> None:
    with suppress(ValueError):
        ask()


def in_batch() -> None:
    with Op().batch_alter_table():
        ask()


def called_in_try() -> None:
    try:
        plain()
    except ValueError:
        raise TypeError from None


def after_try() -> None:
    try:
        pass
    finally:
        pass
    ask()


@pytest.mark.parametrize(
    ("function", "shielded"),
    [
        (plain, False),
        (in_try, True),
        (in_handler, True),
        (in_with, True),
        (in_batch, False),
        (called_in_try, True),
        (after_try, False),
    ],
)
def test_blocks(function: Callable[[], None], shielded: bool) -> None:
    seen.clear()
    # As below the runner: what calls this test has blocks of its own.
    runner: dict[str, Any] = {"__name__": "stillroom.apply.run", "function": function}
    exec("function()", runner)  # noqa: S102
    assert seen == [shielded]


def test_code_without_a_source_may_catch_anything() -> None:
    seen.clear()
    runner: dict[str, Any] = {"__name__": "stillroom.apply.run"}
    unknown: dict[str, Any] = {"__name__": "compiled", "ask": ask}
    linecache.checkcache()
    exec(compile("def function(): ask()", "gone.py", "exec"), unknown)  # noqa: S102
    runner["function"] = unknown["function"]
    exec("function()", runner)  # noqa: S102
    assert seen == [True]
