"""Loads the snapshot of a project into its empty database, and runs the revisions behind it."""

from __future__ import annotations

from pathlib import Path

from stillroom import apply
from stillroom.apply.journal.applied_sources import read_source
from stillroom.apply.options import options_of
from stillroom.console.output import remark
from stillroom.console.progress import listening, upgrade
from stillroom.errors import StillroomError, counted
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import Project
from stillroom.shell import Command
from stillroom.snapshot import history as snapshots
from stillroom.snapshot.reading import Snapshot
from stillroom.staged.workspace import load_settings, project_history

_MOST_LISTED = 20


def load(project: Project, *, rows: bool = True) -> None:
    """Bring an empty database to head. Raises StillroomError if the snapshot cannot be used."""
    snapshot, sources, is_whole = in_fresh_process(lambda: _read(project.settings.root))
    if rows and snapshot.unknown:
        raise _unknown(snapshot)
    with project.explaining(), listening("text") as listen:
        loaded = apply.load(
            project.config,
            snapshot,
            sources,
            rows=rows,
            listener=listen,
            options=options_of(project),
        )
    heads = ", ".join(loaded.heads) or "base"
    if not loaded.tables:
        remark(f"{project.database} is at {heads} already: nothing was loaded.")
    else:
        done = f"{counted(loaded.tables, 'table')} and {counted(loaded.rows, 'row')}"
        remark(f"Loaded {done} from {snapshot.shown}: {project.database} is at {heads}.")
    if not is_whole:
        upgrade(project, "heads")


def is_possible(project: Project) -> bool:
    """Whether there is a snapshot, and an empty database on a server."""
    if not snapshots.beside(project.config).is_file():
        return False
    with project.explaining():
        return apply.is_empty(project.config)


def _read(root: Path) -> tuple[Snapshot, dict[str, str | None], bool]:
    """The snapshot, the texts of the revisions that it stands for, and whether they are all."""
    with project_history(load_settings(root)) as history:
        snapshot = snapshots.read(history)
        order = snapshots.revisions_of(snapshot, history)
        scripts = history.project.scripts
        sources = {
            revision.id: read_source(scripts.get_revision(revision.id)) for revision in order
        }
        return snapshot, sources, sources.keys() == history.revisions.keys()


def _unknown(snapshot: Snapshot) -> StillroomError:
    listed = [f"{table} ({where})" for table, where in snapshot.unknown]
    more = [f"… and {len(listed) - _MOST_LISTED} more"] if len(listed) > _MOST_LISTED else []
    return StillroomError(
        "lacks rows that the revisions put in and a replay cannot know",
        where=snapshot.shown,
        fix="\n".join(
            [
                *listed[:_MOST_LISTED],
                *more,
                "",
                f"{Command('upgrade')}    runs the revisions, which put them in",
                f"{Command('load', rows='skip')}    goes on without any rows",
            ]
        ),
    )
