"""Judges a staged squash: does it make what the revisions made that it stands for?"""

from __future__ import annotations

from functools import partial
from itertools import zip_longest
from pathlib import Path

from stillroom.errors import CannotTell
from stillroom.findings import Finding, Place
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.settings import Settings
from stillroom.shell import Command, quote
from stillroom.snapshot.writing import body
from stillroom.staged.revisions import Staged, StagedSquash, squashes
from stillroom.staged.workspace import project_history, staged_project

UNLIKE = "HS108"


def of_squashes(staged: Staged, settings: Settings, root: Path, since: str) -> list[Finding]:
    """A finding for each squash that does not make what its revisions make in ``since``."""
    return [
        finding
        for squash in squashes(staged)
        if (finding := _judged(squash, settings, root, since)) is not None
    ]


def _judged(squash: StagedSquash, settings: Settings, root: Path, since: str) -> Finding | None:
    try:
        before = in_fresh_process(partial(_made_in, since, root, squash.id))
        now = in_fresh_process(partial(_made, settings, root, squash.id))
    except CannotTell as reason:
        return _finding(squash, f"cannot be compared with them: {reason.what}", reason.where)
    if before == now:
        return None
    lines = zip_longest(before.splitlines(), now.splitlines(), fillvalue="nothing")
    there, here = next(pair for pair in lines if pair[0] != pair[1])
    what = f"does not make what they made: {here.strip()}"
    return _finding(squash, what, f"They made: {there.strip()}")


def _made_in(commit: str, root: Path, name: str) -> str:
    """What the revisions up to ``name`` make in a commit, as text."""
    with staged_project(root, "judge the files as they are", until=commit) as (then, _):
        return _made(then, root, name)


def _made(settings: Settings, root: Path, name: str) -> str:
    with project_history(settings, root, accepting=False) as history:
        return body(history.state_at(name))


def _finding(squash: StagedSquash, what: str, why: str) -> Finding:
    folder = squash.path.rpartition("/")[0] or "."
    return Finding(
        UNLIKE,
        Place(squash.path),
        f"this revision stands for {len(squash.files) - 1} that are deleted, and {what}",
        why=why,
        fix=f"git restore --source=HEAD --staged --worktree -- {quote(folder)}\n"
        f"{Command('squash', rev=squash.id)}",
    )
