"""The command line: arguments in, exit codes out. The work is in `stillroom.commands`."""

from __future__ import annotations

import gc
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from errno import EACCES, EPERM, EROFS
from importlib import import_module
from io import TextIOWrapper

from stillroom.console.command_hints import spelled
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_INTERRUPTED, StillroomError

# Allocations until the garbage collector looks: what a verb imports is no garbage.
_RARELY = 1_000_000
VERBS = {
    "init": "create what is missing of the Alembic environment",
    "migrate": "bring this database up to date",
    "revision": "write the revision that the models need",
    "merge": "join the heads of the history in one revision",
    "rebase": "move unpushed revisions behind the other head",
    "check": "tell whether the models need a revision that does not exist",
    "lint_revisions": "tell what the staged revisions will do to rows and running code",
    "baseline": "accept today's differences between the models and the revisions",
    "schema": "print the tables at a revision, from a replay",
    "upgrade": "run the revisions up to head, or to another one",
    "downgrade": "go back to a revision",
    "plan": "print the statements to come, with their cost and what they lose",
    "status": "show where the database is, what is to come, and what is wrong",
    "resume": "finish a half-applied revision",
    "repair": "show a half-applied revision, and decide about its statements",
    "current": "show the revision that the database is at",
    "history": "list all revisions",
    "heads": "show the newest revision",
    "stamp": "say which revision the database is at, without running any",
    "sql": "print the statements to come as a script that may be run again",
    "db_start": "start a private MariaDB or MySQL for development",
    "db_stop": "stop it; the data stay",
}


def main(argv: list[str] | None = None) -> int:
    """Run the verb that ``argv`` names. Returns the exit code, having printed any error."""
    argv = sys.argv[1:] if argv is None else argv
    if isinstance(sys.stdout, TextIOWrapper):  # git's hooks write into a pipe, with stderr
        sys.stdout.reconfigure(line_buffering=True)
    verb = argv[0].replace("-", "_") if argv else ""
    if verb not in VERBS:
        return _usage(verb)
    gc.set_threshold(_RARELY)
    # Only the verb's own module: the hook's answer must not wait for the others to be imported.
    command = import_module(f"stillroom.commands.{verb}")
    parser = ArgumentParser(prog=f"stillroom {argv[0]}", description=VERBS[verb])
    command.arguments(parser)
    code = _run(command.run, parser.parse_args(argv[1:]))
    gc.freeze()  # or Python would go through all of it twice before it ends
    return code


def _run(run: Callable[[Namespace], int], args: Namespace) -> int:
    try:
        code = run(args)
        sys.stdout.flush()
    except StillroomError as error:
        print(spelled(str(error)), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever reads us has seen enough, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains when it ends
        return EXIT_CLEAN
    except OSError as error:
        if error.errno not in (EACCES, EPERM, EROFS):
            raise
        print(f"{error.filename}: cannot be written: {error.strerror}", file=sys.stderr)
        print("    Let your user write there, or run this as the one who may.", file=sys.stderr)
        return EXIT_CANNOT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    return code


def _usage(verb: str) -> int:
    wanted_help = verb in ("", "__help", "_h", "help")
    lines = [f"  {name.replace('_', '-'):<14} {text}" for name, text in VERBS.items()]
    if not wanted_help:
        lines.insert(0, f"stillroom has no verb '{verb}'. It has:")
    print("\n".join(["usage: stillroom VERB [options]", "", *lines]))
    return 0 if wanted_help else EXIT_CANNOT
