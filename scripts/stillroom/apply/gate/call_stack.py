"""Finds the lines of a project's code that a statement comes from."""

from __future__ import annotations

import ast
import linecache
import sys
from functools import lru_cache
from types import FrameType

# They pass a failure on as it is, so that only what is above them can catch it.
_LIBRARIES = frozenset({"alembic", "sqlalchemy", "stillroom", "contextlib"})
_RUNNER = "stillroom.apply.run"
_Span = tuple[int, int]


def may_be_caught() -> bool:
    """Whether a failure at this moment may be caught by the revision, or by what it calls.

    True also where that cannot be seen, for want of source.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != _RUNNER:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package not in _LIBRARIES and _is_caught(frame.f_code.co_filename, frame.f_lineno):
            return True
        frame = frame.f_back
    return False


def line_in(path: str) -> int | None:
    """The line of the file ``path`` that is being run, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == path:
            return frame.f_lineno
        frame = frame.f_back
    return None


def _is_caught(path: str, line: int) -> bool:
    linecache.checkcache(path)
    spans = _spans("".join(linecache.getlines(path)))
    return spans is None or any(first <= line <= last for first, last in spans)


@lru_cache(maxsize=64)
def _spans(source: str) -> tuple[_Span, ...] | None:
    """First and last lines of all blocks that see a failure pass; None without a source."""
    if not source:
        return None
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    spans = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.TryStar):
            spans.append((node.lineno, node.end_lineno or node.lineno))
        elif isinstance(node, ast.With | ast.AsyncWith) and not _is_batch(node):
            spans.append((node.body[0].lineno, node.body[-1].end_lineno or node.lineno))
    return tuple(spans)


def _is_batch(node: ast.With | ast.AsyncWith) -> bool:
    """``with op.batch_alter_table(…)``, which catches nothing."""
    return all(
        isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr == "batch_alter_table"
        for item in node.items
    )
