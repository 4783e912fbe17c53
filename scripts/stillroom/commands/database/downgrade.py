"""``downgrade``: take the database back to a revision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from stillroom import apply
from stillroom.apply.options import options_of
from stillroom.console import progress
from stillroom.console.arguments import add_format, add_revision, required_revision
from stillroom.console.output import note_database, require_confirmation
from stillroom.project.project import open_project
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser)
    add_format(parser)


def run(args: Namespace) -> int:
    project = open_project()
    revision = required_revision(args, "-1")
    note_database(project)
    require_confirmation(project, "a downgrade", Command("downgrade", rev=revision))
    with project.explaining(), progress.listening(args.format) as listen:
        apply.downgrade(
            project.config,
            revision,
            listener=listen,
            options=options_of(project),
        )
    return 0
