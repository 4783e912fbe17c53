"""``stamp``: record which revision the database is at, without running anything."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic import command

from stillroom import apply
from stillroom.console.arguments import add_revision, required_revision
from stillroom.console.output import acknowledge, note_database
from stillroom.project.project import open_project


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser)


def run(args: Namespace) -> int:
    project = open_project()
    revision = required_revision(args, "head")
    note_database(project)
    with project.explaining():
        apply.check_whole(project.config, f"stamp {revision}")
        command.stamp(project.config, revision)
        statuses = apply.statuses(project.config)
    for status in statuses:
        name = status.server.database if len(statuses) > 1 else project.database
        acknowledge(f"{name} is now at {', '.join(status.heads) or 'base'}; nothing was run.")
    return 0
