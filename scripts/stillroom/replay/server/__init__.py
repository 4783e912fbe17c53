"""Stands in for MySQL and MariaDB: every engine of the process reaches a catalog instead."""

from stillroom.replay.server.results import Call
from stillroom.replay.server.server import Server
from stillroom.replay.server.stand_in import stand_in
from stillroom.replay.server.state import ExecutedStatement, State

__all__ = [
    "Call",
    "ExecutedStatement",
    "Server",
    "State",
    "stand_in",
]
