"""Prints what an upgrade reports while it runs."""

from __future__ import annotations

from argparse import ArgumentParser

from stillroom import apply
from stillroom.apply.events import Event, Listener
from stillroom.apply.options import options_of
from stillroom.console.output import note
from stillroom.project.project import Project
from stillroom.render import progress


def add_format(parser: ArgumentParser) -> None:
    """``--format``: plain lines, or a line of JSON for each event."""
    parser.add_argument("--format", choices=("text", "json"), default="text")


def listener(format_: str) -> Listener:
    """Prints the events that are worth a line."""
    return _print_json if format_ == "json" else _print_text


def upgrade(project: Project, revision: str, format_: str = "text") -> None:
    """Run the revisions up to ``revision``, telling how it goes."""
    with project.explaining():
        apply.upgrade(
            project.config, revision, listener=listener(format_), options=options_of(project)
        )


def _print_text(event: Event) -> None:
    if line := progress.text(event):
        note(line)


def _print_json(event: Event) -> None:
    print(progress.json_line(event))
