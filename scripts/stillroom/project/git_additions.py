"""Asks git who has added which file, and when."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from stillroom.project.git import output_of

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
    log = output_of(folder, *_LOG, _HEAD, "--", ".")
    boundary = _boundary(folder)
    names: dict[str, str] = {}  # of today, by those of then
    found: dict[Path, Addition] = {}
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
                found.setdefault(folder / names.pop(path, path), known)
    return found


def _boundary(folder: Path) -> set[str]:
    name = output_of(folder, "rev-parse", "--git-path", "shallow")
    try:
        return set((folder / (name or "").strip()).read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return set()
