"""Chooses the revisions that become one, and refuses those that must stay on their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stillroom.errors import StillroomError
from stillroom.replay.history import History, heads_of
from stillroom.replay.revisions.graph import Revision
from stillroom.replay.revisions.squashes import Squash, squashes_of
from stillroom.shell import Command

_EARLIER = "Squash at an earlier revision, or at one that joins the branches."


@dataclass(frozen=True)
class Selection:
    """The revisions that become one, in order: ``last`` keeps its id and its file."""

    order: tuple[Revision, ...]
    last: Revision
    squashes: tuple[Squash, ...] = ()  # what the revisions already stand for

    @property
    def others(self) -> tuple[Revision, ...]:
        """Those whose files go."""
        return tuple(revision for revision in self.order if revision is not self.last)

    @property
    def ids(self) -> frozenset[str]:
        """All of them."""
        return frozenset(revision.id for revision in self.order)

    @property
    def labels(self) -> list[str]:
        """The labels of branches that lead to the last revision."""
        labels = (label for each in self.order for label in each.source.branch_labels)
        return list(dict.fromkeys(labels))


def select(history: History, name: str) -> Selection:
    """The revisions from the first one to ``name``.

    Raises StillroomError if they cannot become one, with the line that stands in the way.
    """
    order = history.order(name)
    heads = heads_of(order)
    if len(heads) > 1:
        raise StillroomError(
            f"rev: {name} is not one revision: {' and '.join(sorted(heads))} are its newest",
            fix=f"Name one revision. To join heads first: "
            f"{Command('merge', m='join the branches')}",
        )
    if len(order) < 2:
        raise StillroomError(
            f"rev: there is only one revision up to {name}" if order else "rev: base is none",
            fix=f"`{Command('history')}` lists the revisions.",
        )
    last = history.revisions[next(iter(heads))]
    squashes = [
        squash
        for revision in reversed(order)
        for squash in squashes_of(revision.path.read_text(encoding="utf-8", errors="replace"))
    ]
    selection = Selection(tuple(order), last, tuple(squashes))
    _refuse_origin(history, selection)
    for revision in history.revisions.values():
        if revision.id not in selection.ids:
            _refuse_follower(history, revision, selection)
    return selection


def leftovers(history: History, name: str) -> list[Revision]:
    """The revisions that a squash stands for and whose files are still there, the newest first.

    A squash that was cut off has left them behind.
    """
    order = history.order(name)
    if len(order) != 1:
        return []
    text = order[0].path.read_text(encoding="utf-8", errors="replace")
    ids = {name for squash in squashes_of(text) for name in squash.ids}
    left = [each for each in history.order("heads") if each.id in ids]
    return left[::-1]


def _refuse_origin(history: History, selection: Selection) -> None:
    if history.origin.digest:
        raise StillroomError(
            "the history begins with tables that no revision makes, so one revision cannot stand"
            " for its beginning",
            where="[stillroom] start, since",
        )
    for accepted in history.accepted:
        if accepted.heads < selection.ids and accepted.heads != {selection.last.id}:
            at = " and ".join(sorted(accepted.heads)) or "base"
            raise StillroomError(
                f"differences were accepted at {at}, which would be no revision any more",
                where="accepted_drift.txt",
                fix="Write a revision for them, or squash at an earlier revision.",
            )


def _refuse_follower(history: History, revision: Revision, selection: Selection) -> None:
    """Raise StillroomError if ``revision``, which stays, names one that goes."""
    gone = selection.ids - {selection.last.id}
    for parent in revision.source.down_revision:
        if parent in gone:
            raise StillroomError(
                f"revision {revision.id} follows {parent}, which would be a part of"
                f" {selection.last.id}",
                where=revision.where("down_revision"),
                fix=_EARLIER,
            )
    for needed in _needed(history, revision.source.depends_on):
        if needed in gone:
            raise StillroomError(
                f"revision {revision.id} depends on {needed}, which would be a part of"
                f" {selection.last.id}",
                where=revision.where("depends_on"),
                fix=_EARLIER,
            )


def _needed(history: History, names: Sequence[str]) -> Iterator[str]:
    """The ids of what a revision depends on, which may be labels or beginnings of ids."""
    for name in names:
        for script in history.project.scripts.get_revisions(name):
            if script is not None:
                yield script.revision
