"""One new revision through both hooks, against the check of the models alone.

Histories are those of the benchmark ``hook``. Every second new revision meets the check alone, in a
project that has no other hook; the others meet both, in turns, in one run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._history import GeneratedHistory
from benchmarks._timing import table
from tests.support.repositories import RepositoryProject, make_repository

SIZES = tuple(int(size) for size in os.environ.get("STILLROOM_SIZES", "100 1000").split())
ROUNDS = 5
CHECK = [sys.executable, "scripts/check_revision.py"]
LINT = [sys.executable, "scripts/lint_revisions.py"]
HOOKS = ".pre-commit-config.yaml"


def main() -> None:
    """Print the table."""
    rows = [_measure(size) for size in SIZES]
    print(table(["revisions", "check", "lint behind it", "both against check"], rows))


def _measure(size: int) -> list[object]:
    with tempfile.TemporaryDirectory() as folder:
        project = make_repository(Path(folder), hook="none")
        history = GeneratedHistory(project)
        history.grow(size)
        _seconds(CHECK, project)
        hooks = project.read(HOOKS)
        alone, both = [], []
        for extra in range(2 * ROUNDS):
            project.write(HOOKS, hooks if extra % 2 else "")
            history.add()
            project.git("add", "--all")
            seconds = _seconds(CHECK, project)
            if extra % 2:
                both.append((seconds, _seconds(LINT, project)))
            else:
                alone.append(seconds)
            project.git("commit", "--quiet", "--message", "one more")
        check = statistics.median(alone)
        behind = statistics.median(lint for _, lint in both)
        ratio = statistics.median(map(sum, both)) / check
        return [size, f"{check:.3f}", f"{behind:.3f}", f"{ratio:.2f}"]


def _seconds(command: list[str], project: RepositoryProject) -> float:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("DB_")}
    # Images of containers often set it. Whoever commits has compiled modules.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=project.root, env=inherited, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):  # findings are welcome
        raise RuntimeError(f"{command} failed: {done.stderr}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
