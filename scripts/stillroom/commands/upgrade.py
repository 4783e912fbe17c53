"""``upgrade``: bring the database up to a revision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.commands.arguments import add_revision
from stillroom.commands.notices import note_database, show_log
from stillroom.project import Project, open_project


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    return upgrade(project, args.rev)


def upgrade(project: Project, revision: str) -> int:
    """Run the revisions up to ``revision``. Returns the exit code."""
    show_log("alembic.runtime.migration", only="Running ")
    with project.explaining():
        command.upgrade(project.config, revision)
    return 0
