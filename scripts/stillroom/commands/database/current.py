"""``current``: the revision that the database is at, or each of those of env.py."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

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
        statuses = apply.statuses(project.config)
        newest = ScriptDirectory.from_config(project.config).get_heads()
    code = EXIT_FINDINGS if any(status.unknown for status in statuses) else EXIT_CLEAN
    if args.format == "json":
        names = [project.database, *(status.server.database for status in statuses[1:])]
        first, *others = [
            {"database": name, "revisions": _revisions(status, newest)}
            for name, status in zip(names, statuses, strict=True)
        ]
        print_json({**first, "others": others})
        return code
    for status in statuses:
        name = f"{status.server.database}: " if len(statuses) > 1 else ""
        for revision in status.heads:
            remark = ": there is no file for it here" if revision in status.unknown else ""
            print(f"{name}{revision}{' (head)' if revision in newest else remark}")
        if not status.heads:
            print(f"{name}no revision yet: `{Command('upgrade')}` brings it to head")
    return code


def _revisions(status: apply.Status, newest: Sequence[str]) -> list[dict[str, object]]:
    return [
        {"revision": name, "head": name in newest, "known": name not in status.unknown}
        for name in status.heads
    ]
