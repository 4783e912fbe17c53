"""Differences that a project has accepted, in a file that people read and commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic.config import Config

from stillroom.errors import CannotTell
from stillroom.findings import Finding, Place
from stillroom.shell import Command

NAME = "accepted_drift.txt"
STALE = "DR110"
_HEADER = """\
# Differences between the models and the revisions that are accepted as they are: the check
# reports what is new, and what in this file is no longer so. `{}` writes it anew.
"""


def path(root: Path, config: Config) -> Path:
    """Where the file is: beside env.py, in the project at ``root``."""
    scripts = Path(str(config.get_alembic_option("script_location") or "alembic"))
    folder = scripts if scripts.is_absolute() else root / scripts
    return (folder if folder.is_relative_to(root) else root) / NAME


def lines_of(findings: Sequence[Finding]) -> list[str]:
    """What stands for ``findings`` in the file: no line numbers, which every edit moves."""
    return sorted({f"{finding.code} {finding.what}" for finding in findings})


def write(findings: Sequence[Finding]) -> str:
    """The text of the file that accepts ``findings``."""
    return _HEADER.format(Command("baseline")) + "".join(f"{line}\n" for line in lines_of(findings))


def read(path: Path) -> dict[str, int]:
    """The accepted lines and their numbers; none if there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("<<<<<<<"):
            raise CannotTell(
                "has a merge-conflict marker",
                where=f"{path.name}:{number}",
                fix=str(Command("baseline")),
            )
        if line and not line.startswith("#"):
            found[line] = number
    return found


def left(findings: Sequence[Finding], accepted: dict[str, int], shown: str) -> list[Finding]:
    """The findings that are not accepted, and the accepted lines that no finding needs."""
    new = [finding for finding in findings if not set(lines_of([finding])) & accepted.keys()]
    needed = set(lines_of(findings))
    stale = [
        Finding(
            STALE, Place(shown, number), f"no longer differs: {line}", fix=str(Command("baseline"))
        )
        for line, number in accepted.items()
        if line not in needed
    ]
    return [*new, *stale]
