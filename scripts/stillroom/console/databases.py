"""Runs a verb on the databases that it is for: the one that is named, or each of several.

A database is a section of alembic.ini with a script directory of its own, as ``alembic -n`` has it.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from stillroom import shell
from stillroom.console.child import verdict_of
from stillroom.console.output import note, remark
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERRUPTED, StillroomError
from stillroom.project import settings
from stillroom.project.alembic_env import alembic_options
from stillroom.project.alembic_env.alembic_options import AlembicOptions
from stillroom.project.settings_files import PYPROJECT, databases, sections, tool
from stillroom.shell import Command
from stillroom.verbs import VERBS

# What changes databases: where one fails, those behind it are left as they are.
_CHANGES = ("upgrade", "migrate")
_FOR_PROGRAMS = ("json", "sarif")


def run_on(run: Callable[[Namespace], int], options: AlembicOptions, args: Namespace) -> int:
    """``run`` with ``args``, on the database that ``options`` name, or on each that there is.

    Returns the exit code, the worst of several. Raises StillroomError if one that is not there is
    named, or if one has to be.
    """
    scope = VERBS[args.verb].scope
    if scope == "project":
        return run(args)
    ini = settings.ini_of(Path.cwd())
    names = databases(ini)
    if options.is_chosen:
        _check_known(options.section, names, ini)
        return run(args)
    if len(names) < 2:
        with alembic_options.chosen(options.of_database(*names) if names else options):
            return run(args)
    if (why := _needs_one(args)) or scope == "one":
        raise StillroomError(
            f"which database? {why or 'db= is missing'}",
            where=ini.name,
            fix=f"{_with(options, names[-1], args.verb)}\n{_listed(names)}",
        )
    return _run_each(run, args, options, names)


def _check_known(name: str, names: Sequence[str], ini: Path) -> None:
    """Raise StillroomError if there is a configuration, and no database of this name in it."""
    every = sections(ini)
    inherits = name in every and "script_location" in every.get("DEFAULT", ())
    is_only = name == AlembicOptions.section and not names
    is_there = ini.exists() or tool(Path.cwd() / PYPROJECT, "alembic")
    if name in names or inherits or is_only or not is_there:
        return
    near = get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise StillroomError(
        f"there is no database '{name}': no section of that name has a script_location",
        where=ini.name,
        fix=f"{hint}{_listed(names)}",
    )


def _listed(names: Sequence[str]) -> str:
    return f"The databases are: {', '.join(names)}." if names else "It has none."


def _needs_one(args: Namespace) -> str:
    """Why a verb that runs on each database cannot do so with these arguments; "" if it can."""
    given = vars(args)
    if given.get("rev") not in (None, "head", "heads"):
        return "rev= belongs to one history"
    if given.get("since") not in (None, "", "base"):
        return "from= belongs to one history"
    if given.get("message"):
        return "m= describes one revision"
    if given.get("format") in _FOR_PROGRAMS:
        return f"--format {given['format']} is one document"
    if given.get("stamp"):
        return "stamp= belongs to one history"
    return ""


def _run_one(
    run: Callable[[Namespace], int], args: Namespace, options: AlembicOptions, name: str
) -> int:
    """``run`` on one of several databases, which each printed command names."""
    with (
        shell.commands_of(Path.cwd(), options.words(), name),
        alembic_options.chosen(options.of_database(name)),
    ):
        return run(args)


def _with(options: AlembicOptions, name: str, verb: str) -> str:
    with shell.commands_of(Path.cwd(), options.words(), name):
        return str(Command(verb, **VERBS[verb].example))


def _run_each(
    run: Callable[[Namespace], int],
    args: Namespace,
    options: AlembicOptions,
    names: Sequence[str],
) -> int:
    """``run`` on each of several databases, in processes of their own: they share no import."""
    codes: dict[str, int] = {}
    for name in names:
        remark(f"{name}:")
        codes[name] = verdict_of(partial(_run_one, run, args, options, name))
        is_over = args.verb in _CHANGES and codes[name] != EXIT_CLEAN
        remark("")
        if is_over or codes[name] == EXIT_INTERRUPTED:
            break
    width = max(map(len, names))
    for name in names:
        said = (
            _words(codes[name])
            if name in codes
            else f"left alone, because {list(codes)[-1]} failed"
        )
        tell = remark if codes.get(name) == EXIT_CLEAN else note
        tell(f"{name:<{width}}  {said}")
    return max(codes.values())


def _words(code: int) -> str:
    if code == EXIT_CLEAN:
        return "done"
    if code == EXIT_FINDINGS:
        return "something was found"
    return "interrupted" if code == EXIT_INTERRUPTED else "failed"
