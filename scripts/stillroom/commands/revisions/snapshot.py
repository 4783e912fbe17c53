"""``snapshot``: write what the revisions make, as SQL, beside them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.output import acknowledge
from stillroom.console.snapshot_file import write
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    root = Path.cwd().resolve()
    with project_history(load_settings(root)) as history:
        said, lacks = write(history)
    acknowledge(said)
    if lacks:
        print(lacks)
    return 0
