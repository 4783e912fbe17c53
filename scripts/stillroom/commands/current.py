"""``current``: the revision that the database is at."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.console.output import note_database
from stillroom.project.project import open_project
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    print(
        project.answer(command.current)
        or f"no revision yet: `{Command('upgrade')}` brings it to head"
    )
    return 0
