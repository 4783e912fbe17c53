"""Arguments that several verbs take, and those that make passes on.

Make passes ``name=value`` as STILLROOM_name in the environment, where no shell can split it.
"""

from __future__ import annotations

import os
from argparse import REMAINDER, Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module

from stillroom.console.volume import add_volume
from stillroom.errors import StillroomError
from stillroom.shell import Command
from stillroom.verbs import VERBS, module_of

_DATABASE = "--db"
_OFF = ("0", "no", "off", "false")


def global_parser() -> ArgumentParser:
    """What stands before the verb, and the verb with all behind it."""
    parser = ArgumentParser(prog="stillroom", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true", help="list the verbs")
    parser.add_argument("--version", action="store_true", help="show the version")
    parser.add_argument("-c", "--config", metavar="FILE", default="", help="alembic.ini")
    parser.add_argument("-n", "--name", metavar="SECTION", default="", help="a section in it")
    parser.add_argument("-x", metavar="ARG", action="append", default=[], help="for env.py")
    add_volume(parser)
    parser.add_argument("verb", nargs="?")
    parser.add_argument("arguments", nargs=REMAINDER)
    return parser


def parser_of(verb: str) -> ArgumentParser:
    """What takes the arguments of a verb. Imports the verb."""
    about = VERBS[verb]
    parser = ArgumentParser(
        prog=f"stillroom {verb}",
        description=f"{about.summary[0].upper()}{about.summary[1:]}.",
        epilog=f"Example:\n    {Command(verb, **about.example)}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.set_defaults(verb=verb)
    import_module(module_of(verb)).arguments(parser)
    add_database(parser)
    add_volume(parser)
    return parser


def add_revision(parser: ArgumentParser, default: str | None = None) -> None:
    """``rev``: head, base, a revision or its unique prefix, +2, -2."""
    parser.add_argument(
        "rev",
        nargs="?",
        default=default,
        help="head, base, a revision or its unique prefix, +2 or -2",
    )


def add_from(parser: ArgumentParser) -> None:
    """``--from``: the revision to begin at, whatever a database says."""
    parser.add_argument(
        "--from",
        dest="since",
        default="",
        metavar="REV",
        help="the revision to start from, or base; default: where the database is",
    )


def add_format(parser: ArgumentParser) -> None:
    """``--format``: an answer for a person, or for a program."""
    parser.add_argument("--format", choices=("text", "json"), default="text")


def add_message(parser: ArgumentParser) -> None:
    """``--message``: what a revision does, in a few words."""
    parser.add_argument(
        "-m",
        "--message",
        default="",
        help="what the revision does, in a few words",
    )


def without_database(argv: Sequence[str]) -> tuple[list[str], str]:
    """The arguments of a verb without the database that they name, and its name.

    Make names it in the environment, as it does all arguments.
    """
    rest, name = (
        list(argv),
        "" if argv else os.environ.get(f"STILLROOM_{_DATABASE[2:]}", "").strip(),
    )
    end = rest.index("--") if "--" in rest else len(rest)
    for position, word in enumerate(rest[:end]):
        if word == _DATABASE and position + 1 < end:
            return [*rest[:position], *rest[position + 2 :]], rest[position + 1]
        if word.startswith(f"{_DATABASE}="):
            return [*rest[:position], *rest[position + 1 :]], word.partition("=")[2]
    return rest, name


def add_database(parser: ArgumentParser) -> None:
    """``--db``, which ``without_database`` has taken before: for ``--help``."""
    parser.add_argument(
        _DATABASE,
        metavar="SECTION",
        help="the database, by its section in alembic.ini, where there are several",
    )


def required_revision(args: Namespace, example: str) -> str:
    """``args.rev``; raises StillroomError with the command for ``example`` if it is missing."""
    if not args.rev:
        raise StillroomError(
            "which revision? rev= is missing",
            fix=f"{Command(args.verb, rev=example)}\n"
            "rev is head, base, a revision or its unique prefix, +2 or -2.",
        )
    return str(args.rev)


def from_make(parser: ArgumentParser) -> list[str]:
    """The arguments that make was given, as ``parser`` takes them; none if it was not by make."""
    options: list[str] = []
    positional: list[str] = []
    for action in parser._actions:
        text = os.environ.get(f"STILLROOM_{make_name(action)}", "").strip()
        if not text:
            continue
        if not action.option_strings:
            positional.append(text)
        elif action.nargs == 0:
            options += [action.option_strings[-1]] * (text.lower() not in _OFF)
        elif action.nargs == "+":
            options += [action.option_strings[-1], *text.split()]
        else:
            options.append(f"{action.option_strings[-1]}={text}")
    return [*options, *(["--", *positional] if positional else [])]


def make_name(action: Action) -> str:
    """What make calls an argument: ``m``, ``rev``, ``not_done``."""
    name = action.option_strings[0] if action.option_strings else action.dest
    return name.lstrip("-").replace("-", "_")
