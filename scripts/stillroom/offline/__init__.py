"""Stands in for MySQL and MariaDB: every engine of the process reaches a catalog instead."""

from stillroom.offline.places import Places
from stillroom.offline.server import Client, Server, State, Statement
from stillroom.offline.standin import standing_in

__all__ = ["Client", "Places", "Server", "State", "Statement", "standing_in"]
