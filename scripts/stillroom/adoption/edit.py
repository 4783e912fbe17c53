"""One file before and after an edit: shown as a diff first, then written whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from stillroom.files import write_text


@dataclass(frozen=True)
class Edit:
    """A change of one file; ``before`` is empty for a file that is new."""

    path: Path
    before: str
    after: str
    executable: bool = False

    @property
    def changes_something(self) -> bool:
        """Whether the file is not yet as it is to be."""
        return self.before != self.after

    def diff(self, root: Path) -> str:
        """The change as ``diff -u`` shows it, with paths relative to ``root``."""
        shown = os.path.relpath(self.path, root)
        lines = unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            shown if self.before else "/dev/null",
            shown,
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def apply(self) -> None:
        """Write the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, self.after)
        if self.executable:
            self.path.chmod(self.path.stat().st_mode | 0o111)


def read(path: Path) -> str:
    """The text of a file, line ends as they are; empty if there is none."""
    return path.read_bytes().decode() if path.exists() else ""


def line_end(text: str) -> str:
    """How the lines of ``text`` end."""
    return "\r\n" if "\r\n" in text else "\n"
