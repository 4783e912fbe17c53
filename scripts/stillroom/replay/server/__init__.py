"""Stands in for MySQL and MariaDB: every engine of the process reaches a catalog instead."""

from stillroom.replay.server.results import Call
from stillroom.replay.server.server import Client, ExecutedStatement, Server, State
from stillroom.replay.server.stand_in import stand_in

__all__ = [
    "Call",
    "Client",
    "ExecutedStatement",
    "Server",
    "State",
    "stand_in",
]
