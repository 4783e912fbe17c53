"""What a replay can begin with, or take in, besides revisions: a snapshot, accepted differences."""

from __future__ import annotations

from typing import Protocol

from stillroom.catalog import Catalog
from stillroom.replay.server import State


class Acceptance(Protocol):
    """What is put into the catalog where the history ends in ``heads``."""

    heads: frozenset[str]

    @property
    def digest(self) -> str:
        """What a replay with it depends on."""

    def applied(self, catalog: Catalog) -> Catalog:
        """``catalog`` with it; the same again if it is there."""


class KnownState(Protocol):
    """A state that is known without a replay of the revisions behind it."""

    @property
    def revisions(self) -> frozenset[str]:
        """The ids of the revisions that it has behind it."""

    @property
    def shown(self) -> str:
        """Where it comes from, for messages."""

    @property
    def digest(self) -> str:
        """What a replay from it depends on."""

    @property
    def state(self) -> State:
        """The state, without what is accepted there."""
