"""``load``: make the tables of an empty database from the snapshot, in place of an upgrade."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from stillroom.console.loading import load
from stillroom.console.output import note_database
from stillroom.project.project import open_project


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--rows",
        choices=("all", "skip"),
        default="all",
        help="skip: leave out the rows that the revisions put in",
    )


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    load(project, rows=args.rows == "all")
    return 0
