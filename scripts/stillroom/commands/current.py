"""``current``: the revision that the database is at."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.console.command_hints import spelled
from stillroom.console.output import note_database
from stillroom.project.project import open_project


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    print(
        project.answer(command.current)
        or spelled("no revision yet: `make upgrade` brings it to head")
    )
    return 0
