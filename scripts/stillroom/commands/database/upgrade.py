"""``upgrade``: bring the database up to a revision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console import progress
from stillroom.console.arguments import add_format, add_revision
from stillroom.console.contracts import add_contract, asked
from stillroom.console.output import note_database
from stillroom.project.project import open_project


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")
    add_format(parser)
    add_contract(parser)


def run(args: Namespace) -> int:
    contract = asked(Path.cwd(), contract=args.contract)
    project = open_project()
    note_database(project)
    progress.upgrade(project, args.rev, args.format, contract=contract)
    return 0
