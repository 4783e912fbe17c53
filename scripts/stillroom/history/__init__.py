"""The revisions of any Alembic project: their graph, and their replay into a catalog."""

from stillroom.history.replay import Step, move, replay, replayed, trace
from stillroom.offline import State

__all__ = ["State", "Step", "move", "replay", "replayed", "trace"]
