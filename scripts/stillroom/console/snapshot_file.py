"""Writes the snapshot, and keeps it up to date where a project has one."""

from __future__ import annotations

from pathlib import Path

from stillroom import files
from stillroom.console.output import note, remark
from stillroom.errors import StillroomError, counted
from stillroom.findings import shown
from stillroom.replay import History
from stillroom.replay.revisions.heads import of_heads
from stillroom.shell import Command
from stillroom.snapshot import history as snapshots
from stillroom.staged.workspace import load_settings, project_history


def write(history: History) -> tuple[str, str]:
    """Write the snapshot of a history; returns what to say of it, and what it lacks, if anything.

    Raises StillroomError while the history has heads that are to be joined.
    """
    for finding in of_heads(history.heads()):
        raise StillroomError(finding.what, where=str(finding.where), fix=finding.fix)
    made = snapshots.made_by(history)
    path, text = snapshots.path_of(history), made.text
    if path.exists() and path.read_bytes() == text.encode():
        return f"{made.shown} is what the revisions make: nothing was written.", ""
    files.write_text(path, text)
    tables = counted(text.count("\nCREATE TABLE "), "table")
    revisions = counted(len(history.revisions), "revision makes", "revisions make")
    said = f"Wrote {made.shown}: {tables}, as {revisions} them for {history.target}."
    lines = "".join(f"\n    {table} ({where})" for table, where in made.unknown)
    return said, f"It lacks rows that a replay cannot know:{lines}" if lines else ""


def refresh(root: Path) -> None:
    """Write the snapshot anew if there is one: the revisions are others than before."""
    with project_history(load_settings(root.resolve())) as history:
        path = snapshots.path_of(history)
        if not path.exists():
            return
        try:
            said, lacks = write(history)
        except StillroomError as reason:
            note(f"{shown(path)} was not written: {reason}\n{Command('snapshot')} tries again.")
            return
    remark(said)
    if lacks:
        note(lacks)
