"""Build the documentation in .stillroom/docs; a warning is an error.

Sphinx and what it needs are in an environment of their own, made from ``requirements/docs.txt``, so
that tests and linters need not install them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import install

LOCK = Path("requirements/docs.txt")
VENV = Path(".stillroom/docs-venv")
READY = VENV / "ready"
SITE = Path(".stillroom/docs")


def main() -> int:
    """Bring the environment up to date, and run Sphinx. Returns the exit code."""
    os.chdir(Path(__file__).resolve().parents[1])
    try:
        prepare()
    except (install.Failure, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    sphinx = [str(VENV / "bin" / "python"), "-m", "sphinx", "--fail-on-warning", "--keep-going"]
    built = subprocess.run([*sphinx, "--quiet", "docs", str(SITE)], check=False)
    if built.returncode == 0:
        print(f"{SITE / 'index.html'}")
    return built.returncode


def prepare() -> None:
    """Make the environment anew if it is not what the lock says."""
    stamp = install.stamp(LOCK)
    if READY.exists() and READY.read_text() == stamp:
        return
    install.remove(VENV)
    VENV.parent.mkdir(exist_ok=True)
    install.make_environment(VENV, LOCK, sys._base_executable)  # type: ignore[attr-defined]
    READY.write_text(stamp)


if __name__ == "__main__":
    raise SystemExit(main())
