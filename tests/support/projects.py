"""Whole projects in temporary folders, and commands run in them as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
TEMPLATE = ("Makefile", "alembic", "alembic.ini", "app", "scripts", ".env.example", ".gitignore")
SETTINGS = {
    *("DB_URL", "DB_DRIVER", "DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME"),
    *("CONFIRM", "STILLROOM_REV", "STILLROOM_MESSAGE"),
}


@dataclass(frozen=True)
class Answer:
    """What a command gave: its exit code and what it printed."""

    code: int
    out: str
    err: str


@dataclass
class UserProject:
    """A project of a user at ``root``."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def read(self, path: str) -> str:
        """The text of a file of the project."""
        return (self.root / path).read_text(encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace ``old``, which must be there, in a file."""
        text = self.read(path)
        assert old in text
        self.write(path, text.replace(old, new))

    def run(self, *command: str, **environment: str) -> Answer:
        """Run a command in the project. None of the tests' own settings reaches it."""
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**inherited, **self.environment, **environment},
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def script(self, name: str, *arguments: str, **environment: str) -> Answer:
        """Run ``scripts/<name>.py``."""
        return self.run(sys.executable, f"scripts/{name}.py", *arguments, **environment)

    def alembic(self, *arguments: str, **environment: str) -> Answer:
        """Run plain Alembic."""
        return self.run(sys.executable, "-m", "alembic", *arguments, **environment)

    def files(self) -> dict[str, bytes]:
        """All files, but for caches: to see that nothing was changed."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    def revisions(self) -> list[Path]:
        """The revision files, by name."""
        return sorted((self.root / "alembic" / "versions").glob("*.py"))


def make_project(folder: Path, case: str = "") -> UserProject:
    """A copy of this repository's own project, with the files of ``tests/cases/<case>`` over it."""
    for name in TEMPLATE:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(source, folder / name)
    if case:
        shutil.copytree(CASES / case, folder, dirs_exist_ok=True)
    return UserProject(folder)
