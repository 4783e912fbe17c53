"""Proves by a replay that a revision takes the history to the models, and back again."""

from __future__ import annotations

from collections.abc import Callable

from stillroom.authoring.writing.draft import Draft
from stillroom.catalog import Catalog
from stillroom.drift.difference import Difference
from stillroom.errors import CannotTell
from stillroom.replay.history import History
from stillroom.replay.server import State


class Unproven(CannotTell):
    """The revision does not do what the models need; nothing was written."""


def prove(
    draft: Draft,
    history: History,
    state: State,
    missing: Callable[[Catalog], list[Difference]],
    not_restored: Callable[[Catalog, Catalog], list[Difference]],
) -> State:
    """Replay ``draft`` up, and down if it can be undone. Raises Unproven with what differs.

    Returns the state behind it.

    ``missing`` returns how a catalog differs from the models; ``not_restored`` how the one behind
    the downgrade differs from the one before the revision.
    """
    after = history.move(state, draft.id)
    if left := missing(after.catalog):
        raise _unproven("history + revision is not what the models declare", left)
    script = history.project.scripts.get_revision(draft.id)
    if script is not None and not hasattr(script.module, "downgrade"):
        return after  # as the project's script.py.mako wants it
    back = history.move(after, f"{draft.id}-1", down=True)
    if left := not_restored(state.catalog, back.catalog):
        raise _unproven("its downgrade does not restore the tables", left)
    return after


def _unproven(what: str, left: list[Difference]) -> Unproven:
    lines = [
        f"{difference.subject}: {difference.history or 'nothing'}"
        f" instead of {difference.models or 'nothing'}"
        for difference in left
    ]
    return Unproven(
        f"the revision was not written: a replay shows that {what}", fix="\n".join(lines)
    )
