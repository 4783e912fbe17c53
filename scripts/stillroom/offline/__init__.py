"""Stands in for MySQL and MariaDB: every engine of the process reaches a catalog instead."""

from stillroom.offline.places import Places
from stillroom.offline.results import Call
from stillroom.offline.server import Client, Server, State, Statement
from stillroom.offline.sqlite import SQLiteCatalog, SQLiteServer
from stillroom.offline.standin import standing_in

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
