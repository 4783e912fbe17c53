"""``doctor``: what is set up and what is not, in one screen, each with its remedy."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.terminal import show
from stillroom.doctor.examination import examine
from stillroom.errors import EXIT_CLEAN


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    code = EXIT_CLEAN
    for line in examine(Path.cwd().resolve()):
        show(line.lines())
        code = max(code, line.state.exit_code)
    return code
