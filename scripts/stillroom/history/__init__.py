"""The revisions of any Alembic project: their graph, and their replay into a catalog."""

from stillroom.history.outlook import Outlook, Sent, outlook
from stillroom.history.replay import Step, move, replay, replay_on_sqlite, replayed, trace
from stillroom.history.target import target_of
from stillroom.offline import State

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
