"""``history``: all revisions, newest first, as a graph beside the database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from alembic import command

from stillroom.console.output import no_revisions, print_json
from stillroom.console.screen.terminal import show, terminal_of
from stillroom.history_graph.collection import entries_of, place_of_database
from stillroom.history_graph.model import History
from stillroom.history_graph.text import as_data, as_lines
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import revisions_answer


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=("graph", "text", "json"),
        default="",
        help="graph in a terminal, and elsewhere text, which asks no database",
    )


def run(args: Namespace) -> int:
    width = terminal_of(sys.stdout).width
    format_ = args.format or ("graph" if width else "text")
    if format_ == "text":
        print(revisions_answer(command.history) or no_revisions())
        return 0
    root = Path.cwd().resolve()
    entries = in_fresh_process(lambda: entries_of(root))
    if not entries and format_ == "graph":
        print(no_revisions())
        return 0
    history = History(entries, in_fresh_process(lambda: place_of_database(root)))
    if format_ == "json":
        print_json(as_data(history))
    else:
        show(as_lines(history, width))
    return 0
