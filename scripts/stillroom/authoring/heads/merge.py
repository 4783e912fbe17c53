"""Joins the heads of a history in a revision that changes nothing."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import ops as op
from alembic.util import rev_id

from stillroom.authoring.writing import draft
from stillroom.replay import History


def merge(history: History, message: str, *, drafts: Path) -> tuple[Path, tuple[str, ...]] | None:
    """Write the revision; returns its file and the heads that it joins, None if there is one head.

    The file is in place whole or not at all. No database is contacted.
    """
    with draft.folder(drafts) as folder:
        heads = tuple(history.project.scripts.get_heads())
        if len(heads) < 2:
            return None
        script = op.MigrationScript(
            rev_id=rev_id(),
            message=message,
            upgrade_ops=op.UpgradeOps([]),
            downgrade_ops=op.DowngradeOps([]),
            head="heads",
        )
        return draft.write(script, None, history.project, folder).place(), heads
