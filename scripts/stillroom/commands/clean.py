"""``make clean``: remove what can be made again, and no data."""

from __future__ import annotations

import shutil
from pathlib import Path

FOLDERS = (
    *(".venv", "build", "dist", ".stillroom/cache", ".hypothesis", ".import_linter_cache"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache"),
)
SOURCES = ("alembic", "app", "benchmarks", "scripts", "tests")


def main() -> int:
    """Clean the current folder. Returns the exit code."""
    caches = [path for name in SOURCES for path in Path(name).rglob("__pycache__")]
    for path in [*map(Path, FOLDERS), *caches]:
        shutil.rmtree(path, ignore_errors=True)
    Path(".coverage").unlink(missing_ok=True)
    return 0
