"""``heads``: the newest revision, or several if branches wait to be joined."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from alembic import command

from stillroom.console.arguments import add_format
from stillroom.console.output import no_revisions, print_json
from stillroom.history_graph.collection import entries_of
from stillroom.history_graph.model import History
from stillroom.history_graph.text import heads_as_data
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import revisions_answer


def arguments(parser: ArgumentParser) -> None:
    add_format(parser)


def run(args: Namespace) -> int:
    if args.format == "json":
        entries = in_fresh_process(lambda: entries_of(Path.cwd().resolve()))
        print_json({"heads": heads_as_data(History(entries))})
        return 0
    print(revisions_answer(command.heads) or no_revisions())
    return 0
