"""A revision on its way: proven as a draft, and then in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stillroom.authoring.writing.draft import Draft
from stillroom.catalog import Target
from stillroom.replay.history import History
from stillroom.replay.server import State


@dataclass(frozen=True)
class Written:
    """A revision in its place, for the target.

    ``changes`` say what it does, in words; ``losses`` counts the lines that a person must complete.
    ``server`` is the scratch server that has run the revisions before it.
    """

    id: str
    path: Path
    target: Target
    changes: tuple[str, ...] = ()
    losses: int = 0
    server: str = ""


@dataclass(frozen=True)
class Drafted:
    """A revision that is proven and not in its place yet, and the state behind it."""

    draft: Draft
    after: State
    changes: tuple[str, ...] = ()
    losses: int = 0

    def placed(self, history: History) -> Written:
        """Put it into its place in ``history``."""
        target, server = history.target, history.server
        return Written(self.draft.id, self.draft.place(), target, self.changes, self.losses, server)
