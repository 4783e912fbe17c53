"""The revisions of any Alembic project: their graph, and their replay into a catalog."""

from stillroom.replay.history import History, opened_history
from stillroom.replay.planning import PlannedCall, PlannedRevision, planned_revisions
from stillroom.replay.scratch import ReplayedStatement
from stillroom.replay.server import State

__all__ = [
    "History",
    "PlannedCall",
    "PlannedRevision",
    "ReplayedStatement",
    "State",
    "opened_history",
    "planned_revisions",
]
