"""Times commands side by side, in turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def medians(
    commands: Mapping[str, Sequence[str]],
    *,
    folder: Path,
    rounds: int = 7,
    environment: Mapping[str, str] | None = None,
) -> dict[str, float]:
    """The median seconds of each command, run in ``folder``. Raises if one of them fails."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(
                command,
                cwd=folder,
                check=True,
                env={**os.environ, **(environment or {})},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The rows under the header, in columns."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    return "\n".join(line.rstrip() for line in lines)
