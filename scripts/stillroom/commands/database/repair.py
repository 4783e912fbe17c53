"""``repair``: show a half-applied revision, and let a person decide about its statements."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict

from stillroom.apply import repair
from stillroom.apply.outcome.outcome import Before
from stillroom.console.arguments import add_format
from stillroom.console.output import note_database, print_json
from stillroom.project.project import open_project
from stillroom.shell import Command


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--done", type=int, nargs="+", default=[], metavar="N", help="these statements took effect"
    )
    parser.add_argument(
        "--not-done", type=int, nargs="+", default=[], metavar="N", help="these did not; run them"
    )
    parser.add_argument("--accept-edit", action="store_true", help="the edited file is right")
    parser.add_argument(
        "--forget",
        action="store_true",
        help="delete the journal: the database was put right by hand",
    )
    add_format(parser)


def run(args: Namespace) -> int:
    project = open_project()
    note_database(project)
    words: list[str] = []
    with project.explaining():
        if args.forget:
            words = [_forgotten(repair.forget(project.config))]
        elif args.done or args.not_done or args.accept_edit:
            words = repair.decide(
                project.config,
                done=args.done,
                not_done=args.not_done,
                accept_edit=args.accept_edit,
            )
        found = repair.inspect(project.config)
    if args.format == "json":
        told = [asdict(one) for one in found]
        print_json({"decided": words, "half_applied": [*told, None][0], "others": told[1:]})
    else:
        print("\n".join([*words, *([""] if words else []), _shown(found)]))
    return 0


def _forgotten(database: str) -> str:
    if not database:
        stamp = Command("stamp", rev="…")
        return f"The journal is deleted. Record where the database is: {stamp}"
    return (
        f"{database}: The journal is deleted. Record in its version table where the database is:"
        f" `{Command('stamp')}` would write that into every database of env.py."
    )


def _shown(found: Sequence[repair.Repair]) -> str:
    if not found:
        return "No revision is half-applied."
    half_applied, *others = found
    lines = [
        f"The {half_applied.direction} of revision {half_applied.revision} is half-applied in"
        f" {half_applied.database}:",
        "",
    ]
    for statement in half_applied.statements:
        lines.append(f"{statement.number:>4}  {statement.state:<8}  {statement.text}")
        if statement.state == "in doubt":
            lines += _definitions("before", statement.before) + _definitions("now", statement.now)
    lines += [
        "",
        f"Answer with one of these, then continue with `{Command('resume')}`:",
        "",
    ]
    answers = {
        Command("repair", done=["3", "4"]): "statements 3 and 4 took effect",
        Command("repair", not_done=["3", "4"]): "they did not; run them",
        Command("repair", accept_edit=True): "the edited file is right",
        Command("repair", forget=True): "the database was put right by hand: delete the journal",
    }
    width = max(len(str(command)) for command in answers)
    lines += [f"    {command!s:<{width}}   {meaning}" for command, meaning in answers.items()]
    for other in others:
        lines += [
            "",
            f"The {other.direction} of revision {other.revision} is half-applied in"
            f" {other.database}, too: its statements are shown once this one is finished.",
        ]
    return "\n".join(lines)


def _definitions(when: str, definitions: Before) -> list[str]:
    lines = []
    for name, definition in definitions.items():
        lines.append(f"      {when}: {name}")
        text = definition or "does not exist"
        lines += [f"        {line}" for line in str(text).splitlines()]
    return lines
