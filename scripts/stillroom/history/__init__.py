"""The revisions of any Alembic project: their graph, and their replay into a catalog."""

from stillroom.history.replay import Step, move, replay, replay_on_sqlite, replayed, trace
from stillroom.offline import State

__all__ = ["State", "Step", "move", "replay", "replay_on_sqlite", "replayed", "trace"]
