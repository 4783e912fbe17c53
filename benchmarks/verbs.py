"""What a verb costs over plain Alembic, on the embedded database."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks._timing import medians, table
from tests.support.projects import make_project


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        project.script("migrate_database")
        rows = []
        for verb, script in (("upgrade", "upgrade_database"), ("current", "show_current")):
            plain = [
                sys.executable,
                "-m",
                "alembic",
                verb,
                *(["head"] if verb == "upgrade" else []),
            ]
            ours = [sys.executable, f"scripts/{script}.py"]
            seconds = medians({"plain": plain, "ours": ours}, folder=project.root)
            rows.append([verb, f"{seconds['ours'] / seconds['plain']:.2f}"])
    print(table(["verb", "stillroom / alembic"], rows))
