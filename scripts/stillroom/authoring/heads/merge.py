"""Joins the heads of a history in a revision that changes nothing."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.operations import ops as op
from alembic.util import rev_id

from stillroom.authoring.writing import draft
from stillroom.replay.alembic_project import opened
from stillroom.replay.history import read_revisions
from stillroom.replay.revisions.graph import make_lazy


def merge(config: Config, message: str, *, cache: Path) -> tuple[Path, tuple[str, ...]] | None:
    """Write the revision; returns its file and the heads that it joins, None if there is one head.

    The file is in place whole or not at all. No database is contacted.
    """
    with opened(config) as project, draft.folder(cache) as folder:
        make_lazy(project.scripts, read_revisions(project))
        heads = tuple(project.scripts.get_heads())
        if len(heads) < 2:
            return None
        script = op.MigrationScript(
            rev_id=rev_id(),
            message=message,
            upgrade_ops=op.UpgradeOps([]),
            downgrade_ops=op.DowngradeOps([]),
            head="heads",
        )
        return draft.write(script, None, project, folder).place(), heads
