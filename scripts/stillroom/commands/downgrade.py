"""``downgrade``: take the database back to a revision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.commands.arguments import add_revision, required_revision
from stillroom.commands.notices import note_database, require_confirmation, show_log
from stillroom.project import open_project


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser)


def run(args: Namespace) -> int:
    project = open_project()
    revision = required_revision(args, "make downgrade rev=-1")
    note_database(project)
    require_confirmation(project, "a downgrade")
    show_log("alembic.runtime.migration", only="Running ")
    with project.explaining():
        command.downgrade(project.config, revision)
    return 0
