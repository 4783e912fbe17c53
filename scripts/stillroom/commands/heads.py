"""``heads``: the newest revision, or several if branches wait to be joined."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.console.command_hints import spelled
from stillroom.project.project import open_project

NO_REVISIONS = 'no revisions yet: `make revision m="…"` writes the first'


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    project = open_project()
    print(project.answer(command.heads) or spelled(NO_REVISIONS))
    return 0
