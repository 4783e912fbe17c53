"""The revisions of any Alembic project: their graph, and their replay into a catalog."""

from stillroom.project.target import target_of
from stillroom.replay.outlook import Outlook, Sent, outlook
from stillroom.replay.replay import Step, move, replay, replay_on_sqlite, replayed, trace
from stillroom.replay.server import State

__all__ = [
    "Outlook",
    "Sent",
    "State",
    "Step",
    "move",
    "outlook",
    "replay",
    "replay_on_sqlite",
    "replayed",
    "target_of",
    "trace",
]
