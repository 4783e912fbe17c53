"""Stands in for MySQL and MariaDB: every engine of the process reaches a catalog instead."""

from stillroom.replay.server.call_site import Places
from stillroom.replay.server.results import Call
from stillroom.replay.server.server import Client, Server, State, Statement
from stillroom.replay.server.sqlite import SQLiteCatalog, SQLiteServer
from stillroom.replay.server.standing_in import standing_in

__all__ = [
    "Call",
    "Client",
    "Places",
    "SQLiteCatalog",
    "SQLiteServer",
    "Server",
    "State",
    "Statement",
    "standing_in",
]
