"""Words the report on a revision that was written."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stillroom.authoring.drafted import Written
from stillroom.authoring.project_revision import write_revision
from stillroom.authoring.request import Request
from stillroom.console import two_steps
from stillroom.console.output import acknowledge, note
from stillroom.console.snapshot_file import refresh as refresh_snapshot
from stillroom.console.two_steps import reasons_needed
from stillroom.console.volume import show_log
from stillroom.errors import StillroomError
from stillroom.findings import shown
from stillroom.lint.decisions import mark
from stillroom.project.fresh_process import in_fresh_process
from stillroom.release.models import release_reader
from stillroom.release.running import running
from stillroom.replay import scratch
from stillroom.staged.workspace import load_settings, project_history


def write_and_report(root: Path, request: Request) -> bool:
    """Write the revision that the models need; returns False, having said so, if they need none."""
    show_log("alembic.autogenerate.compare", only="Detected ")  # said where Alembic writes it
    written = in_fresh_process(lambda: write_revision(root, request))
    if written is None:
        acknowledge("The models need no revision: nothing was written.")
        return False
    if isinstance(written, Path):  # Alembic has said so
        return True
    revisions = [written] if isinstance(written, Written) else [written.expand, written.contract]
    marked = 0
    for revision in revisions:
        for change in revision.changes:
            note(change)
        if not request.empty:
            marked += in_fresh_process(partial(_mark, root, revision.path))
    if isinstance(written, Written):
        print(_report(written, request, marked))
    else:
        print(two_steps.report(written, marked))
    in_fresh_process(lambda: refresh_snapshot(root))
    return True


def _mark(root: Path, path: Path) -> int:
    """Mark what the linter refuses; returns how many statements."""
    settings = load_settings(root.resolve())
    try:
        with release_reader() as read, project_history(settings) as history:
            release, _ = running(history, root.resolve(), settings, read)
            return mark(history, settings, path, release.result.findings if release else None)
    except StillroomError as reason:  # the revision is written, and proven
        note(f"The linter could not look at it: {reason}")
        return 0


def _report(written: Written, request: Request, marked: int) -> str:
    path = shown(written.path)
    if request.empty:
        return f"Wrote {path}: a skeleton."
    text = f"Wrote {path}: a replay for {written.target} shows that it is what the models need."
    if written.server:
        text += f"\n{scratch.sentence(written.server)}"
    return text + reasons_needed(written.losses, marked)
