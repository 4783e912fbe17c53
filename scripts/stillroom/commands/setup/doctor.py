"""``doctor``: what is set up and what is not, in one screen, each with its remedy."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.arguments import add_format
from stillroom.console.output import print_json
from stillroom.console.screen.terminal import show
from stillroom.console.volume import is_quiet
from stillroom.doctor.examination import examine
from stillroom.doctor.line import State
from stillroom.errors import EXIT_CLEAN


def arguments(parser: ArgumentParser) -> None:
    add_format(parser)


def run(args: Namespace) -> int:
    lines = []
    for line in examine(Path.cwd().resolve()):
        lines.append(line)
        if args.format == "text" and not (line.state is State.GOOD and is_quiet()):
            show(line.lines())
    if args.format == "json":
        print_json({"lines": [line.as_data() for line in lines]})
    return max((line.state.exit_code for line in lines), default=EXIT_CLEAN)
