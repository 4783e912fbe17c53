"""``init``: create what an Alembic environment still lacks, and say what an env.py lacks."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.output import note
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS
from stillroom.project.alembic_env.scaffold import initialise
from stillroom.render.findings import as_text
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    written: list[str] = []
    findings = initialise(Path.cwd(), only_missing=False, tell=written.append)
    for line in written:
        note(line)
    if written:
        note(f"To keep the schema as SQL beside the revisions: {Command('snapshot')}")
    if not findings:
        return EXIT_CLEAN
    print(as_text(findings))
    return EXIT_FINDINGS
