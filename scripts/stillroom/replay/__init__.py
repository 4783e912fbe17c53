"""The revisions of any Alembic project: their graph, and their replay into a catalog."""

from stillroom.project.settings import target_of
from stillroom.replay.history import ReplayedStatement, replay, replayed
from stillroom.replay.planning import PlannedCall, PlannedRevision, planned_revisions
from stillroom.replay.server import State

__all__ = [
    "PlannedCall",
    "PlannedRevision",
    "ReplayedStatement",
    "State",
    "planned_revisions",
    "replay",
    "replayed",
    "target_of",
]
