"""What git knows of the project. The only module that calls git."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


def tracked_files(root: Path) -> list[str]:
    """The files below ``root`` that git tracks, as paths relative to it with ``/``.

    Without a git repository: all files, but for those in hidden folders.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False, text=True
    )
    if listed.returncode == 0:
        return [name for name in listed.stdout.split("\0") if name]
    return [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    ]


def text_of(folder: Path, blob: str) -> str | None:
    """What a file had in it, by git's name for it; None if this clone does not know."""
    return _git(folder, "cat-file", "blob", blob)


def places_of(folder: Path, revision: str) -> list[str]:
    """Branches, or else commits, that have a file with this revision in it."""
    wanted = rf"^revision\b.*=.*['\"]{re.escape(revision)}['\"]"
    listed = _git(folder, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")
    refs = [ref for ref in (listed or "").split() if not ref.endswith("/HEAD")]
    found = []
    for ref in refs:
        hits = _git(folder, "grep", "-lE", wanted, ref, "--", ".")
        if hits:
            name = ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
            found.append(f"branch {name}: {hits.splitlines()[0].partition(':')[2]}")
    if found:
        return found
    log = _git(
        folder, "log", "--all", "--full-history", "-n", "1", f"-G{wanted}", "--diff-filter=A",
        "--format=commit %h of %cs: %s", "--", ".",
    )  # fmt: skip
    return (log or "").strip().splitlines()


def _git(folder: Path, *arguments: str) -> str | None:
    """The output of git; None if there is no git, no repository or no such object."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
