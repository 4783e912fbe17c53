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
from pathlib import Path

from stillroom import shell
from stillroom.console.arguments import from_make
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_INTERRUPTED, StillroomError
from stillroom.verbs import VERBS

# Allocations until the garbage collector looks: what a verb imports is no garbage.
_RARELY = 1_000_000


def main(argv: list[str] | None = None) -> int:
    """Run the verb that ``argv`` names. Returns the exit code, having printed any error."""
    argv = sys.argv[1:] if argv is None else argv
    if isinstance(sys.stdout, TextIOWrapper):  # git's hooks write into a pipe, with stderr
        sys.stdout.reconfigure(line_buffering=True)
    verb = argv[0].replace("_", "-") if argv else ""
    with shell.commands_of(Path.cwd()):
        if verb not in VERBS:
            return _usage(verb)
        gc.set_threshold(_RARELY)
        # Only the verb's own module: the hook's answer must not wait for the others' imports.
        command = import_module(f"stillroom.commands.{verb.replace('-', '_')}")
        parser = ArgumentParser(prog=f"stillroom {verb}", description=VERBS[verb].summary)
        parser.set_defaults(verb=verb)
        command.arguments(parser)
        code = _run(command.run, parser.parse_args(argv[1:] or from_make(parser)))
        gc.freeze()  # or Python would go through all of it twice before it ends
        return code


def _run(run: Callable[[Namespace], int], args: Namespace) -> int:
    try:
        code = run(args)
        sys.stdout.flush()
    except StillroomError as error:
        print(error, file=sys.stderr)
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
    wanted_help = verb in ("", "--help", "-h", "help")
    tool, make = ("make", True) if shell.by_make() else ("stillroom", False)
    commands = {
        f"{tool} {name} {about.takes if make else ''}".rstrip(): about.summary
        for name, about in VERBS.items()
    }
    width = max(map(len, commands))
    lines = [f"{command:<{width}}  {summary}" for command, summary in commands.items()]
    if not wanted_help:
        lines = [f"stillroom has no verb '{verb}'. It has:", "", *lines]
    print("\n".join(lines), file=sys.stdout if wanted_help else sys.stderr)
    return EXIT_CLEAN if wanted_help else EXIT_CANNOT
