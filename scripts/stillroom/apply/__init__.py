"""Applies revisions to real servers: the only writer to them.

An upgrade of MariaDB or MySQL commits with every DDL statement. Here it takes a lock, keeps
a journal, and can be interrupted at any point and run again.
"""

from stillroom.apply import events, repair
from stillroom.apply.options import Options
from stillroom.apply.runner import downgrade, resume, upgrade
from stillroom.apply.status import Status, guard, status

__all__ = [
    "Options",
    "Status",
    "downgrade",
    "events",
    "guard",
    "repair",
    "resume",
    "status",
    "upgrade",
]
