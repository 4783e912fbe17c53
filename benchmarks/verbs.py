"""What a verb costs over plain Alembic, on the embedded database."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks._timing import medians, table
from tests.support.projects import make_project, verb_command


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        project.verb("migrate")
        rows = []
        for verb in ("upgrade", "current"):
            plain = [
                sys.executable,
                "-m",
                "alembic",
                verb,
                *(["head"] if verb == "upgrade" else []),
            ]
            ours = verb_command(verb)
            seconds = medians({"plain": plain, "ours": ours}, folder=project.root)
            rows.append([verb, f"{seconds['ours'] / seconds['plain']:.2f}"])
    print(table(["verb", "stillroom / alembic"], rows))
