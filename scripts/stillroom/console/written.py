"""Words the report on a revision that was written."""

from __future__ import annotations

from pathlib import Path

from stillroom.authoring.author import Written
from stillroom.authoring.project_revision import write_revision
from stillroom.authoring.request import Request
from stillroom.console.output import note, show_log
from stillroom.console.snapshot_file import refresh as refresh_snapshot
from stillroom.findings import shown
from stillroom.replay import scratch


def write_and_report(root: Path, request: Request) -> bool:
    """Write the revision that the models need; returns False, having said so, if they need none."""
    show_log("alembic.autogenerate.compare", only="Detected ")  # said where Alembic writes it
    written = write_revision(root, request)
    if written is None:
        print("The models need no revision: nothing was written.")
        return False
    if isinstance(written, Written):
        for change in written.changes:
            note(change)
        print(_report(written, request))
        refresh_snapshot(root)
    return True


def _report(written: Written, request: Request) -> str:
    path = shown(written.path)
    if request.empty:
        return f"Wrote {path}: a skeleton."
    text = f"Wrote {path}: a replay for {written.target} shows that it is what the models need."
    if written.server:
        text += f"\n{scratch.sentence(written.server)}"
    if written.losses:
        text += (
            "\nIt loses data. Add the reason to each line `# stillroom: allow …` in"
            " it: until then the hook refuses it."
        )
    return text
