"""``revision``: write the revision that the models need, with no database, once it is proven."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.revision_request import add_request, request_of
from stillroom.console.written import write_and_report
from stillroom.errors import StillroomError
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    add_request(parser)


def run(args: Namespace) -> int:
    if not args.message:
        raise StillroomError(
            "what does the revision do? m= is missing",
            fix=str(Command("revision", m="add last_login to user")),
        )
    write_and_report(Path.cwd(), request_of(args))
    return 0
