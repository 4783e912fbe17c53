"""One file before and after an edit: shown as a diff first, then written whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.files import write_text
from stillroom.findings import shown


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

    @property
    def file(self) -> Path:
        """What is written: behind a symbolic link, the file that it leads to."""
        return self.path.resolve()

    def diff(self, root: Path) -> str:
        """The change as ``diff -u`` shows it, with paths relative to ``root``."""
        name = os.path.relpath(self.file, root.resolve())
        lines = unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            name if self.before else "/dev/null",
            name,
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def apply(self) -> None:
        """Write the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.file, self.after)
        if self.executable:
            self.file.chmod(self.file.stat().st_mode | 0o111)


def read(path: Path) -> str:
    """The text of a file that is to be edited, line ends as they are; empty if there is none.

    Raises StillroomError for a symbolic link that leads out of the repository.
    """
    if path.is_symlink():
        above = path.absolute().parents
        top = next((folder for folder in above if (folder / ".git").exists()), path.parent)
        if not path.resolve().is_relative_to(top.resolve()):
            raise StillroomError(
                f"is a symbolic link to {path.resolve()}, outside of the repository",
                where=shown(path),
                fix="Put the file itself there, or edit the other one by hand.",
            )
    return path.read_bytes().decode() if path.exists() else ""


def line_end(text: str) -> str:
    """How the lines of ``text`` end."""
    return "\r\n" if "\r\n" in text else "\n"
