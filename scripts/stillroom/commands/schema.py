"""``schema``: the tables at a revision, as ``SHOW CREATE TABLE`` prints them, from a replay."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.catalog import Catalog
from stillroom.commands.check import inside
from stillroom.console.arguments import add_revision
from stillroom.project import settings as settings_
from stillroom.project.project import alembic_config, require_project
from stillroom.replay import replay
from stillroom.staged import copy


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")


def run(args: Namespace) -> int:
    root = Path.cwd()
    settings = settings_.load(root)
    require_project(settings)
    with inside(root, settings):
        cache = copy.cache_folder(root) / "history"
        catalog = replay(alembic_config(settings), args.rev, cache=cache)
    print(as_script(catalog))
    return 0


def as_script(catalog: Catalog) -> str:
    """All tables, each as a statement that makes it."""
    return "\n\n".join(
        f"{table.create_statement};"
        for schema in catalog.schemas.values()
        for table in schema.tables.values()
    )
