"""Judges the snapshot: is it what the revisions make, and may a replay begin at the one before?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from stillroom.errors import CannotTell
from stillroom.findings import Finding, Place, shown
from stillroom.project.git import Repository
from stillroom.replay import History
from stillroom.shell import Command, quote
from stillroom.snapshot import history as snapshots
from stillroom.snapshot.reading import Snapshot
from stillroom.staged.revisions import Staged

OTHER = "HS107"
# The content of a file of the project in the commit before; None if it was not there.
Committed = Callable[[str], bytes | None]


def committed_before(staged: Staged) -> Committed:
    """What the commit has that the staged files are compared with."""

    def content(path: str) -> bytes | None:
        blob = staged.committed.get(path)
        return None if blob is None else staged.content(blob)

    return content


def committed_last(root: Path) -> Committed:
    """What HEAD has; the file itself, which its own digest vouches for, outside of git."""
    repository = Repository.find(root)

    def content(path: str) -> bytes | None:
        if repository is None:
            file = root / path
            return file.read_bytes() if file.is_file() else None
        blob = repository.files(repository.committed_entries("HEAD")).get(path)
        return None if blob is None else next(content for _, content in repository.contents([blob]))

    return content


def files(history: History) -> tuple[str, ...]:
    """The snapshot of the project, as messages show it, if there is one."""
    path = snapshots.path_of(history)
    return (shown(path),) if path.is_file() else ()


def begin_there(history: History, root: Path, committed: Committed) -> None:
    """Let a replay begin at the committed snapshot, if there is one and it fits the revisions."""
    path = snapshots.path_of(history)
    if not path.is_file() or not path.is_relative_to(root):
        return
    content = committed(path.relative_to(root).as_posix())
    if content is not None:
        history.known = snapshots.known_state(content, history)


def of_snapshot(history: History) -> list[Finding]:
    """What is wrong with the snapshot of the project, if it has one.

    It is compared with what a replay from the committed one makes; if that differs, with what a
    replay of all revisions makes, since what is known of rows may be more there.
    """
    path = snapshots.path_of(history)
    if not path.is_file():
        return []
    try:
        snapshot = Snapshot.read(path.read_bytes(), shown(path))
    except CannotTell as reason:
        return [_finding(reason.where, reason.what, fix=reason.fix)]
    known = history.known
    is_committed = (
        isinstance(known, snapshots.FromSnapshot) and known.snapshot.text == snapshot.text
    )
    if known is not None and is_committed and known.revisions == history.revisions.keys():
        return []
    made = snapshots.made_by(history)
    if made.text != snapshot.text and known is not None:
        made = snapshots.made_by(replace(history, known=None))
    return [] if made.text == snapshot.text else [_other(snapshot, made)]


def _other(snapshot: Snapshot, made: Snapshot) -> Finding:
    """The finding for a snapshot that is not what the revisions make: the first line of that."""
    fix = f"{Command('snapshot')}\ngit add {quote(snapshot.shown)}"
    lines = zip_longest(snapshot.text.splitlines(), made.text.splitlines(), fillvalue="nothing")
    # The digests differ whenever anything does, and say nothing.
    differing = [
        (number, here.strip(), there.strip())
        for number, (here, there) in enumerate(lines, start=1)
        if here != there and not here.startswith(("-- content: ", "-- revisions: "))
    ]
    if not differing:
        return _finding(f"{snapshot.shown}:5", snapshots.OTHER_TEXTS, fix=fix)
    number, here, there = differing[0]
    return _finding(
        f"{snapshot.shown}:{number}",
        f"this is not what the revisions make: {here}",
        why=f"They make: {there}",
        fix=fix,
    )


def _finding(where: str, what: str, *, why: str = "", fix: str = "") -> Finding:
    file, _, line = where.rpartition(":")
    place = Place(file, int(line)) if line.isdigit() else Place(where)
    return Finding(OTHER, place, what, why=why, fix=fix)
