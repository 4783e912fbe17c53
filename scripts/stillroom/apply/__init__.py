"""Applies revisions to real servers: the only writer to them.

An upgrade of MariaDB or MySQL commits with every DDL statement. Here it takes a lock, keeps
a journal, and can be interrupted at any point and run again.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stillroom.apply import events, repair
    from stillroom.apply.executor import downgrade, resume, upgrade
    from stillroom.apply.inspector import Status, check_whole, sizes, status
    from stillroom.apply.options import Options

__all__ = [
    "Options",
    "Status",
    "check_whole",
    "downgrade",
    "events",
    "repair",
    "resume",
    "sizes",
    "status",
    "upgrade",
]

# Every env.py imports this package for its guard, also where nothing is applied.
_MODULES = {
    "Options": "options",
    "Status": "inspector",
    "check_whole": "inspector",
    "downgrade": "executor",
    "resume": "executor",
    "sizes": "inspector",
    "status": "inspector",
    "upgrade": "executor",
}


def __getattr__(name: str) -> Any:
    if name in ("events", "repair"):
        return import_module(f"{__name__}.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
