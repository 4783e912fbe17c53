"""``migrate``: bring this database up to date, first writing the revision that is missing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.commands.arguments import add_message
from stillroom.commands.init import initialise
from stillroom.commands.notices import note_database
from stillroom.commands.revision import write_revision
from stillroom.commands.upgrade import upgrade
from stillroom.project import open_project


def arguments(parser: ArgumentParser) -> None:
    add_message(parser)


def run(args: Namespace) -> int:
    initialise(only_missing=True)
    project = open_project()
    note_database(project)
    upgrade(project, "heads")
    if args.message and write_revision(project, args.message):
        upgrade(project, "heads")
    print(f"{project.database} is at {project.answer(command.current)}")
    return 0
