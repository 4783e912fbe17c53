"""``migrate``: bring this database up to date, first writing the revision that is missing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.commands import revision
from stillroom.commands.init import initialise
from stillroom.commands.upgrade import upgrade
from stillroom.console.output import note_database
from stillroom.project.project import open_project


def arguments(parser: ArgumentParser) -> None:
    revision.arguments(parser)


def run(args: Namespace) -> int:
    initialise(only_missing=True)
    project = open_project()
    note_database(project)
    upgrade(project, "heads")
    if args.message:
        request = revision.request_of(args)
        if revision.write_revision(project.settings.root, request):
            upgrade(project, "heads")
    print(f"{project.database} is at {project.answer(command.current)}")
    return 0
