"""``sql``: print the statements of an upgrade instead of sending them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom.commands.arguments import add_revision
from stillroom.project import open_project


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")


def run(args: Namespace) -> int:
    project = open_project()
    with project.explaining():
        command.upgrade(project.config, args.rev, sql=True)
    return 0
