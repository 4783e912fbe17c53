"""``current``: the revision that the database is at."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from alembic.script import ScriptDirectory

from stillroom import apply
from stillroom.console.arguments import add_format
from stillroom.console.output import note_database, print_json
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS
from stillroom.project.project import open_project
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    add_format(parser)


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    with project.explaining():
        status = apply.status(project.config)
        newest = ScriptDirectory.from_config(project.config).get_heads()
    code = EXIT_FINDINGS if status.unknown else EXIT_CLEAN
    if args.format == "json":
        revisions = [
            {"revision": name, "head": name in newest, "known": name not in status.unknown}
            for name in status.heads
        ]
        print_json({"database": project.database, "revisions": revisions})
        return code
    for revision in status.heads:
        remark = ": there is no file for it here" if revision in status.unknown else ""
        print(f"{revision}{' (head)' if revision in newest else remark}")
    if not status.heads:
        print(f"no revision yet: `{Command('upgrade')}` brings it to head")
    return code
