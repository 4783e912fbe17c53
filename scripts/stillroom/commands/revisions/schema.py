"""``schema``: the tables at a revision, as ``SHOW CREATE TABLE`` prints them, from a replay."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.catalog import Catalog
from stillroom.console.arguments import add_revision
from stillroom.console.output import note_scratch
from stillroom.console.screen.terminal import show_sql
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")


def run(args: Namespace) -> int:
    with project_history(load_settings(Path.cwd()), accepting=False) as history:
        catalog = history.state_at(args.rev).catalog
    show_sql(as_script(catalog))
    note_scratch(history)
    return 0


def as_script(catalog: Catalog) -> str:
    """All tables, each as a statement that makes it."""
    return "\n\n".join(
        f"{table.create_statement};"
        for schema in catalog.schemas.values()
        for table in schema.tables.values()
    )
