"""``diff``: what changes between two states of the tables, in words and as statements."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from stillroom.authoring.difference import difference
from stillroom.console.arguments import add_format
from stillroom.console.output import print_json
from stillroom.console.screen.terminal import show_sql
from stillroom.console.states import DATABASE, add_states, states
from stillroom.errors import StillroomError
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    add_states(parser)
    add_format(parser)


def run(args: Namespace) -> int:
    if not args.before:
        raise StillroomError(
            "from which state? from= is missing",
            fix=f"{Command('diff', from_='base')}\n"
            f"It is a revision, base, a commit of git, or {DATABASE}, for the one at DB_URL.",
        )
    before, after = states(args.before, args.after)
    changes = difference(before.catalog, after.catalog)
    if args.format == "json":
        told = {"from": before.words, "to": after.words, "target": str(before.catalog.target)}
        print_json({**told, **asdict(changes)})
        return 0
    print(f"-- From {before.words} to {after.words}, for {before.catalog.target}.")
    for line in changes.words or ("No difference.",):
        print("\n".join(f"-- {part}" for part in line.splitlines()))
    if not changes.complete:
        print("-- The statements do not make all of it.")
    for statement in changes.statements:
        show_sql(f"\n{statement};")
    return 0
