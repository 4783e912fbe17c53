"""``resume``: finish the half-applied revision, in its own direction, and no other."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from stillroom import apply
from stillroom.apply.options import options_of
from stillroom.console import progress
from stillroom.console.arguments import add_format
from stillroom.console.output import note_database
from stillroom.project.project import open_project


def arguments(parser: ArgumentParser) -> None:
    add_format(parser)


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    with project.explaining(), progress.listening(args.format) as listen:
        apply.resume(
            project.config,
            listener=listen,
            options=options_of(project),
        )
    return 0
