"""``init``: create what an Alembic environment still lacks, and say what an env.py lacks."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.output import note
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS
from stillroom.project.alembic_env.scaffold import initialise
from stillroom.render.findings import as_text


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    findings = initialise(Path.cwd(), only_missing=False, tell=note)
    if not findings:
        return EXIT_CLEAN
    print(as_text(findings))
    return EXIT_FINDINGS
