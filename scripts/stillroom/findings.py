"""A finding is one reported problem, at a place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stillroom.errors import message, printable


@dataclass(frozen=True, order=True)
class Place:
    """Where to look. ``line`` counts from 1; 0 means the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Finding:
    """One problem: a code that is never reused, where it is, what, why and how to mend it."""

    code: str
    where: Place
    what: str
    why: str = ""
    fix: str = ""
    state: str = ""  # what a baseline accepts beside ``what``; not shown

    def __str__(self) -> str:
        return message(self.where, printable(f"{self.code} {self.what}"), self.why, self.fix)

    @property
    def headline(self) -> str:
        """The first line of the message: ``file:line: CODE what``."""
        return message(self.where, printable(f"{self.code} {self.what}"))


def told(finding: Finding) -> dict[str, Any]:
    """What programs are told of it: all but its state."""
    fields = asdict(finding)
    del fields["state"]
    return fields


def shown(file: str | Path) -> str:
    """The path as a message shows it: relative where it is below the working directory."""
    try:
        return str(Path(file).resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(file)
