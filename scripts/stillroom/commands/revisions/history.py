"""``history``: all revisions, newest first."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.console.output import no_revisions
from stillroom.project.project import revisions_answer


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    print(revisions_answer(command.history) or no_revisions())
    return 0
