"""``adopt``: prepares an existing project, showing every change before it is written."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import which

from stillroom.adoption import live as live_database
from stillroom.adoption.edit import Edit
from stillroom.adoption.live import Live
from stillroom.adoption.position import Heads, Position, locate
from stillroom.adoption.survey import Survey, server_target
from stillroom.catalog import Target
from stillroom.console.output import acknowledge, note, remark
from stillroom.drift import CANNOT_TELL, Verdict, check
from stillroom.drift.models import NoModels
from stillroom.drift.report import words
from stillroom.errors import EXIT_CLEAN, StillroomError, counted
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.git import tracked_files
from stillroom.project.patching import replaced
from stillroom.project.settings import DEFAULT_TARGET, NO_MODELS
from stillroom.shell import Command, quote
from stillroom.staged.workspace import load_settings, project_history

_SHOWN = 10  # differences, of which there may be hundreds


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show the changes, write nothing")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--target", type=_target, help="the server, e.g. 'mariadb 10.11'")
    parser.add_argument(
        "--without",
        nargs="+",
        choices=("hook", "env", "baseline"),
        default=[],
        help="do not touch the git hooks or env.py, or do not accept differences",
    )
    parser.add_argument(
        "--stamp", metavar="REVISION", help="record this revision in a database that has none"
    )


def _target(text: str) -> Target:
    try:
        return Target.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


@replaced(sys, "dont_write_bytecode", True)  # what it imports leaves nothing in the project
def run(args: Namespace) -> int:
    root = Path.cwd()
    survey = Survey.of(load_settings(root))
    print(f"env.py      {_relative(survey.env_py, root)}, {survey.flavour}")
    databases, unreachable = live_database.ask(root)
    _refuse_others(databases)
    target = survey.target_setting(args.target, databases)
    print("\n".join(_database_lines(databases, unreachable)))
    print(f"target      {_target_words(survey, target)}")
    verdict = in_fresh_process(partial(_verdict, survey, target))
    models = _models_words(survey, verdict) if verdict else NO_MODELS[0]
    print(f"models      {models}")
    if verdict is None and survey.settings.has_models:
        note(
            "env.py gives Alembic no target_metadata. If the application has models, name them in"
            " [stillroom]\nand run this again: base = app.db:Base and models = app.models"
        )
    print(f"hooks       {survey.hook.name}")
    edits = _edits(survey, target, verdict, args)
    stamp = _stamp(survey, databases, target, args)
    return _carry_out(survey, edits, stamp, args)


def _refuse_others(databases: list[Live]) -> None:
    for database in databases:
        if database.unknown:
            raise StillroomError(database.unknown)
        if database.kind == "sqlite":
            note(
                "env.py connects to SQLite here. The check compares for MariaDB or MySQL"
                " all the same. The server to upgrade is named by DB_URL, or by what env.py"
                " reads."
            )


def _database_lines(databases: list[Live], unreachable: str) -> list[str]:
    if not databases:
        return [f"database    not reached: {unreachable.splitlines()[0]}"]
    return [
        f"database    {database.database} on {database.kind} {database.version}, "
        + (f"at {', '.join(database.heads)}" if database.is_stamped else "without a revision")
        for database in databases
    ]


def _target_words(survey: Survey, target: Target | None) -> str:
    if survey.settings.target is not None:
        return f"{survey.settings.target}, as set"
    if target is not None:
        return str(target)
    named = Command("adopt", target="mysql 8.0")
    return f"unknown, so {DEFAULT_TARGET} is assumed. To name yours: {named}"


def _verdict(survey: Survey, target: Target | None) -> Verdict | None:
    """None if there are no models, but revisions that can be replayed."""
    with project_history(survey.settings, target=target or survey.settings.target) as history:
        files = tracked_files(survey.settings.root)
        if not survey.settings.has_models:
            history.state_at("heads")
            return None
        verdict = check(history, sources=files)
    if isinstance(verdict.reason, NoModels):
        return None
    if verdict.status == CANNOT_TELL:
        assert verdict.reason is not None
        raise verdict.reason
    if verdict.differences and verdict.models and not any(verdict.models.all_tables()):
        raise StillroomError(
            "its target_metadata has no tables, but the revisions make "
            f"{counted(len(verdict.differences), 'table')}: the models are not imported",
            where=_relative(survey.env_py, survey.settings.root),
            fix="Import their modules there. If the application has no models, say so in"
            " [stillroom]: models = none",
        )
    return replace(verdict, history=None, models=None)  # which nobody asks for


def _models_words(survey: Survey, verdict: Verdict) -> str:
    count, new = verdict.revisions, len(survey.new_differences(verdict))
    revisions = counted(count, "revision")
    if new and not count:
        first = Command("revision", m="first")
        return f"have no revision yet; to write the first: {first}"
    if not new:
        return f"match the {revisions}"
    differences = counted(new, "difference")
    return f"{differences} from what the {revisions} make"


def _edits(
    survey: Survey, target: Target | None, verdict: Verdict | None, args: Namespace
) -> list[Edit]:
    edits = [survey.settings_edit(target, has_models=verdict is not None)]
    if "env" not in args.without:
        edits.append(survey.env_edit())
    if "hook" not in args.without and survey.hook.edit is not None:
        edits.append(survey.hook.edit)
    if verdict is not None and "baseline" not in args.without:
        edits.append(survey.baseline_edit(verdict))
    return [edit for edit in edits if edit.changes_something]


def _stamp(
    survey: Survey, databases: list[Live], target: Target | None, args: Namespace
) -> Heads | None:
    """The revision to note in a database that has tables and none noted."""
    if len(databases) != 1 or databases[0].is_stamped or not databases[0].own_tables:
        if args.stamp:
            raise StillroomError(
                "--stamp is for a database that has tables but no recorded revision",
                fix=f"{Command('stamp', rev=args.stamp)} changes the recorded revision.",
            )
        return None
    (database,) = databases
    target = target or survey.settings.target or server_target(database)
    position = _position(survey, target, database)
    print("\n".join(_position_lines(position)))
    if args.stamp:
        return survey.revisions(args.stamp.split(","))
    return position.places[0] if len(position.places) == 1 and position.places[0] else None


def _position(survey: Survey, target: Target | None, database: Live) -> Position:
    """The better one of two: what the project has accepted may be in the database, or not."""
    positions: list[Position] = []
    for accepting in (False, True):
        location = in_fresh_process(partial(_located, survey, target, database, accepting))
        if location.places:
            return location
        positions.append(location)
    return min(positions, key=lambda position: len(position.left))


def _located(survey: Survey, target: Target | None, database: Live, accepting: bool) -> Position:
    with project_history(survey.settings, target=target, accepting=accepting) as history:
        return locate(history, database.own_tables, database.version_table)


def _position_lines(position: Position) -> list[str]:
    lines = []
    if len(position.places) == 1:
        place = _named(position.places[0])
        lines.append(f"position    the tables are exactly those of {place}")
    elif position.places:
        listed = " or ".join(_named(place) for place in position.places)
        lines += [
            f"position    the tables are those of {listed}, which differ only in rows",
            f"            Say which one: {_stamping(position.places[-1])}",
        ]
    else:
        count = len(position.left)
        shown = position.left[:_SHOWN]
        differences = counted(count, "difference")
        lines.append(
            f"position    between revisions: nearest is {_named(position.nearest)}, "
            f"with {differences}"
        )
        lines += [
            f"            {words(difference, 'the revision', 'the database')}"
            for difference in shown
        ]
        if count > len(shown):
            lines.append(f"            … and {count - len(shown)} more")
        lines.append(
            "            Bring the tables to one of the revisions by hand, or choose"
            f" one: {Command('stamp', rev=position.nearest[0] if position.nearest else 'base')}"
        )
    if position.strangers:
        tables = counted(len(position.strangers), "table is", "tables are")
        lines.append(f"            {tables} in no revision here: {', '.join(position.strangers)}")
    return lines


def _stamping(heads: Heads) -> Command:
    return Command("adopt", stamp=",".join(heads) or "base")


def _named(heads: Heads) -> str:
    return ", ".join(heads) or "base"


def _carry_out(survey: Survey, edits: list[Edit], stamp: Heads | None, args: Namespace) -> int:
    by_hand = "" if "hook" in args.without else survey.hook.by_hand
    install = () if "hook" in args.without else survey.hook.install
    if not edits and not stamp and not install:
        if by_hand:
            print(f"\n{by_hand}")
        else:
            acknowledge("\nNothing to do: everything is set up already.")
        return EXIT_CLEAN
    for edit in edits:
        print(f"\n{edit.diff(survey.top)}", end="")
    plan = [f"run {' '.join(install)}"] * bool(install)
    if stamp:
        plan.append(f"record {_named(stamp)} in the database, as alembic stamp does")
    print("".join(f"\nThen: {step}" for step in plan))
    if args.dry_run:
        remark("\nNothing was written: --dry-run.")
        return EXIT_CLEAN
    if not args.yes and not _agreed():
        remark("Nothing was written.")
        return EXIT_CLEAN
    for edit in edits:
        edit.apply()
        remark(f"wrote {_relative(edit.file, survey.top)}")
    _run_afterwards(survey, install, stamp)
    if by_hand:
        note(by_hand)
    acknowledge(_next_steps(survey, edits, hooked="hook" not in args.without))
    return EXIT_CLEAN


def _agreed() -> bool:
    if not sys.stdin.isatty():
        write, show = Command("adopt", yes=True), Command("adopt", dry_run=True)
        raise StillroomError(
            "there is no terminal to ask you about these changes, so nothing was written",
            fix=f"{write} writes them without asking; {show} only shows them.",
        )
    return input("\nWrite this? [y/N] ").strip().lower() in ("y", "yes")


def _run_afterwards(survey: Survey, install: tuple[str, ...], stamp: Heads | None) -> None:
    if install:
        beside = Path(sys.executable).with_name(install[0])
        program = str(beside) if beside.exists() else which(install[0])
        if program is None:
            note(f"{install[0]} is not installed here. Install it, then: {' '.join(install)}")
        else:
            subprocess.run([program, *install[1:]], cwd=survey.top, check=False)
    if stamp:
        live_database.stamp(survey.settings.root, stamp)
        remark(f"recorded {_named(stamp)} in the database")


def _next_steps(survey: Survey, edits: list[Edit], *, hooked: bool) -> str:
    tracked = [edit.file for edit in edits if ".git" not in edit.file.parts]
    lines = ["", f"Next: {survey.installer}"]
    if tracked:
        names = [quote(_relative(path, Path.cwd())) for path in tracked]
        lines.append(f"      git add {' '.join(names)} && git commit")
    revision = Command("revision", m="…")
    if hooked:
        lines.append(f"      Now change a model and commit: the hook asks for {revision}")
    else:
        lines.append(f"      Now change a model: {Command('check')} asks for {revision}")
    lines.append(f"      To keep the schema as SQL beside the revisions: {Command('snapshot')}")
    return "\n".join(lines)


def _relative(path: Path, folder: Path) -> str:
    with suppress(ValueError):
        return path.resolve().relative_to(folder.resolve()).as_posix()
    return str(path)
