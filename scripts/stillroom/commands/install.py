"""``make install``: the virtual environment and the git hooks of a checkout.

It runs before anything is installed, so it imports the standard library alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, StillroomError

VENV = Path(".venv")
READY = VENV / "ready"
REQUIREMENTS = Path("requirements.txt")


def main() -> int:
    """Make what is missing in the current folder. Returns the exit code."""
    try:
        if not REQUIREMENTS.exists():
            raise StillroomError(f"{REQUIREMENTS} is not here", fix="Run this in the project root.")
        _make_environment()
        _install_hooks()
    except StillroomError as error:
        print(error, file=sys.stderr)
        return EXIT_CANNOT
    READY.touch()
    return EXIT_CLEAN


def _make_environment() -> None:
    if not (VENV / "bin" / "python").exists():
        print(f"making the virtual environment {VENV}", file=sys.stderr)
        _run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "the virtual environment cannot be made",
            "On Debian or Ubuntu: apt-get install python3-venv",
        )
    print(f"installing the packages of {REQUIREMENTS}", file=sys.stderr)
    _run(
        [
            *[str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet"],
            *["--disable-pip-version-check", "--require-hashes", "-r", str(REQUIREMENTS)],
        ],
        "the packages cannot be installed",
        "pip has said why, above. Then run `make install` again.",
    )


def _install_hooks() -> None:
    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    if shutil.which("git") is None or git("rev-parse", "--is-inside-work-tree") != "true":
        print("no git repository is here: no hooks to install", file=sys.stderr)
        return
    if hooks := git("config", "core.hooksPath"):
        print(
            f"git takes its hooks from {hooks} (core.hooksPath): pre-commit is not installed.\n"
            "    Call `pre-commit run` there, or: git config --unset-all core.hooksPath",
            file=sys.stderr,
        )
        return
    _run(
        [str(VENV / "bin" / "python"), "-m", "pre_commit", "install"],
        "the git hooks cannot be installed",
        "pre-commit has said why, above.",
    )


def _run(command: list[str], what: str, fix: str) -> None:
    # Its stdout to our stderr: `make migrate` is read by scripts, too.
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        raise StillroomError(what, fix=fix)
