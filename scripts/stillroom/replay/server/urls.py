"""Stands in for a database URL that is missing or malformed: a replay contacts no database.

In CI, and in a clone that was made a minute ago, nobody has set one.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.engine import url as urls
from sqlalchemy.exc import ArgumentError

from stillroom.project.call_site import is_library
from stillroom.project.patching import replaced

STAND_IN = URL.create("mysql+pymysql", host="stand-in", database="app")
_DATABASE = re.compile(
    r"(^|_)(DB|DATABASE|DSN|MARIADB|MYSQL|RDS|SQL|SQLALCHEMY)\d*(_|$)|^DB|^MYSQL", re.IGNORECASE
)
_URL = re.compile(r"(^|_)(DSN|UR[IL]|CONNECTION|STRING)S?(_|$)|UR[IL]$", re.IGNORECASE)
_PORT = re.compile(r"PORT$", re.IGNORECASE)
_NUMBER = re.compile(r"(SIZE|TIMEOUT|RECYCLE|OVERFLOW|ECHO|DEBUG)$", re.IGNORECASE)


@contextmanager
def missing_urls() -> Iterator[None]:
    """Within it any URL can be parsed, and variables that name a database can be read.

    Only ``os.environ["DB_URL"]``, which would raise KeyError, gets a value; whether a variable is
    set, and what ``get()`` gives, stays as it is. So does what a library tries: it goes on with a
    default of its own, where a project would rather stop.
    """
    with ExitStack() as stack:
        # The second is for what is no text; other modules may have it under a name of their own.
        for name in ("_parse_url", "make_url"):
            stack.enter_context(replaced(urls, name, _forgiving(getattr(urls, name))))
        for name, method in _environ_methods().items():
            stack.enter_context(replaced(type(os.environ), name, method))
        yield


def _forgiving(parse: Callable[..., URL]) -> Callable[..., URL]:
    def parsed(text: Any, *arguments: Any, **options: Any) -> URL:
        try:
            return parse(text, *arguments, **options)
        except (ArgumentError, ValueError):
            return STAND_IN

    return parsed


def _environ_methods() -> dict[str, Callable[..., Any]]:
    """Methods of ``os.environ``: the first is ours; the others do what they did without it."""
    own = type(os.environ).__getitem__

    def getitem(self: Any, name: str) -> str:
        try:
            return own(self, name)
        except KeyError:
            value = _value(name)
            if value is None or _is_tried_by_library(sys._getframe(1)):
                raise
            return value

    def get(self: Any, name: str, default: Any = None) -> Any:
        try:
            return own(self, name)
        except KeyError:
            return default

    def contains(self: Any, name: object) -> bool:
        return get(self, str(name)) is not None

    def pop(self: Any, name: str, *default: Any) -> Any:
        value = get(self, name)
        if value is not None:
            del self[name]
        elif default:
            value = default[0]
        else:
            raise KeyError(name)
        return value

    return {"__getitem__": getitem, "get": get, "__contains__": contains, "pop": pop}


def _is_tried_by_library(frame: FrameType | None) -> bool:
    """Whether a library is prepared for KeyError, perhaps through a mapping around ``os.environ``.

    So are oslo.config, and ``in`` and ``get()`` of starlette's Config and of a ChainMap.
    """
    while frame is not None:
        file = frame.f_globals.get("__file__") or frame.f_code.co_filename
        if is_library(file) and any(frame.f_lineno in lines for lines in _tried(file)):
            return True
        if frame.f_code.co_name != "__getitem__":
            return False
        frame = frame.f_back
    return False


@cache
def _tried(file: str) -> list[range]:
    """The lines of each ``try`` of a file, up to its first ``except``."""
    with suppress(OSError, SyntaxError, ValueError):
        tree = ast.parse(Path(file).read_bytes())
        tries = (node for node in ast.walk(tree) if isinstance(node, ast.Try) and node.handlers)
        return [range(node.lineno, node.handlers[0].lineno) for node in tries]
    return []


def _value(name: str) -> str | None:
    """What a variable that names a database is in a replay; None for any other variable."""
    if not isinstance(name, str) or not _DATABASE.search(name):
        return None
    if _NUMBER.search(name):
        return "0"
    if _PORT.search(name):
        return "3306"
    return STAND_IN.render_as_string() if _URL.search(name) else "stand-in"
