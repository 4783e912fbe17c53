"""``plan``: print the pending statements, what they cost and what they lose; run none."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.arguments import add_from, add_revision
from stillroom.console.progress import add_format
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN
from stillroom.plan.plan import plan_of
from stillroom.plan.text import as_json, as_text


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")
    add_from(parser)
    add_format(parser)


def run(args: Namespace) -> int:
    plan = plan_of(Path.cwd(), args.rev, args.since)
    print(as_json(plan) if args.format == "json" else as_text(plan))
    return EXIT_CLEAN if plan.complete else EXIT_CANNOT
