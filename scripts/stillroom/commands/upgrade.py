"""``upgrade``: bring the database up to a revision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from stillroom import apply
from stillroom.commands import choices
from stillroom.console import progress
from stillroom.console.arguments import add_revision
from stillroom.console.output import note_database
from stillroom.project.project import Project, open_project


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")
    progress.add_format(parser)


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    return upgrade(project, args.rev, args.format)


def upgrade(project: Project, revision: str, format_: str = "text") -> int:
    """Run the revisions up to ``revision``. Returns the exit code."""
    with project.explaining():
        apply.upgrade(
            project.config,
            revision,
            listener=progress.listener(format_),
            options=choices.options(project),
        )
    return 0
