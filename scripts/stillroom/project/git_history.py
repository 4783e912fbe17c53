"""Asks git about the past: who added a file, where a revision is, what an old file had in it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from stillroom.project.git import GIT

_LOG = ("log", "--diff-filter=AR", "-M", "--name-status", "--relative", "-z")
_HEAD = "--format=%x01%H%x01%as%x01%aN"


class Addition(NamedTuple):
    """Who has added a file, and on which day; "" where nobody can tell."""

    date: str = ""
    author: str = ""


def additions(folder: Path) -> dict[Path, Addition]:
    """Of each file in ``folder`` that was committed, by whom it came, whatever its name was then.

    Nothing of what was added where a shallow clone ends: there, one commit has it all.
    """
    log = _output_of(folder, *_LOG, _HEAD, "--", ".")
    boundary = _boundary(folder)
    names: dict[str, str] = {}  # of today, by those of then
    additions: dict[Path, Addition] = {}
    commit, known = "", Addition()
    fields = iter((log or "").split("\0"))
    for field in fields:
        if "\x01" in field:
            _, commit, *told = field.split("\x01", 3)
            known = Addition(*told)
        elif field.strip().startswith("R"):
            old, new = next(fields, ""), next(fields, "")
            names[old] = names.pop(new, new)
        elif field.strip() == "A":
            path = next(fields, "")
            if commit not in boundary:
                additions.setdefault(folder / names.pop(path, path), known)
    return additions


def _boundary(folder: Path) -> set[str]:
    name = _output_of(folder, "rev-parse", "--git-path", "shallow")
    try:
        return set((folder / (name or "").strip()).read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return set()


def text_of(folder: Path, blob: str) -> str | None:
    """What a file had in it, by git's name for it; None if this clone does not know."""
    return _output_of(folder, "cat-file", "blob", blob)


def places_of(folders: Iterable[Path], revision: str) -> list[str]:
    """Branches, or else commits, that have a file with this revision in one of ``folders``."""
    existing = (folder for folder in folders if folder.exists())
    return next(filter(None, (_places_in(folder, revision) for folder in existing)), [])


def _places_in(folder: Path, revision: str) -> list[str]:
    wanted = rf"^revision\b.*=.*['\"]{re.escape(revision)}['\"]"
    listed = _output_of(folder, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")
    refs = [ref for ref in (listed or "").split() if not ref.endswith("/HEAD")]
    places = []
    for ref in refs:
        hits = _output_of(folder, "grep", "-lE", wanted, ref, "--", ".")
        if hits:
            name = ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
            places.append(f"branch {name}: {hits.splitlines()[0].partition(':')[2]}")
    if places:
        return places
    log = _output_of(
        folder, "log", "--all", "--full-history", "-n", "1", f"-G{wanted}", "--diff-filter=A",
        "--format=commit %h of %cs: %s", "--", ".",
    )  # fmt: skip
    return (log or "").strip().splitlines()


def _output_of(folder: Path, *arguments: str) -> str | None:
    """The output of git; None if there is no git, no repository or no such object."""
    try:
        done = subprocess.run(
            [*GIT, *arguments], cwd=folder, capture_output=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
