"""Applies revisions to real servers. Nothing else writes to them.

Every DDL statement of MariaDB and MySQL commits by itself. An upgrade takes a lock and keeps a
journal, so that it can be interrupted at any point and run again.
"""

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stillroom.apply import events, repair
    from stillroom.apply.executor import downgrade, resume, upgrade
    from stillroom.apply.inspector import Status, check_whole, sizes, status, statuses
    from stillroom.apply.loading import Loaded, is_empty, load
    from stillroom.apply.options import Options

__all__ = [
    "Loaded",
    "Options",
    "Status",
    "check_whole",
    "downgrade",
    "events",
    "is_empty",
    "load",
    "repair",
    "resume",
    "sizes",
    "status",
    "statuses",
    "upgrade",
]

# Imported when first asked for: commands that apply nothing start faster without them.
_MODULES = {
    "executor": ("downgrade", "resume", "upgrade"),
    "inspector": ("Status", "check_whole", "sizes", "status", "statuses"),
    "loading": ("Loaded", "is_empty", "load"),
    "options": ("Options",),
}


def __getattr__(name: str) -> Any:
    if name in ("events", "repair"):
        return import_module(f"{__name__}.{name}")
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    if name == "guard":  # where env.py files of former times have it from
        _moved("stillroom.apply.guard is deprecated: from stillroom.env import guard")
        return import_module("stillroom.env").guard
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache  # one line, however often an env.py runs
def _moved(text: str) -> None:
    print(text, file=sys.stderr)
