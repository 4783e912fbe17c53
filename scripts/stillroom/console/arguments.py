"""Arguments that several verbs take.

Make hands the user's text over in the environment, where no shell can take it apart.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from stillroom.errors import StillroomError


def add_revision(parser: ArgumentParser, default: str | None = None) -> None:
    """``rev``: head, base, a revision or its unique prefix, +2, -2."""
    parser.add_argument(
        "rev",
        nargs="?",
        default=os.environ.get("STILLROOM_REV") or default,
        help="head, base, a revision or its unique prefix, +2, -2",
    )


def add_message(parser: ArgumentParser) -> None:
    """``--message``: what a revision does, in a few words."""
    parser.add_argument(
        "-m",
        "--message",
        default=os.environ.get("STILLROOM_MESSAGE", "").strip(),
        help="what the revision does, in a few words",
    )


def required_revision(args: Namespace, example: str) -> str:
    """``args.rev``; raises StillroomError with ``example`` if it is missing."""
    if not args.rev:
        raise StillroomError(
            "which revision? rev= is missing",
            fix=f"{example}\nrev is head, base, a revision or its unique prefix, +2 or -2.",
        )
    return str(args.rev)
