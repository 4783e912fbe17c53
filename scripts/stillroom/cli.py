"""The command line: arguments in, exit codes out. The work is in `stillroom.commands`."""

from __future__ import annotations

import gc
import sys
from argparse import Namespace
from collections.abc import Callable
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from functools import partial
from importlib import import_module
from pathlib import Path
from textwrap import wrap

import stillroom
from stillroom import shell
from stillroom.console.arguments import from_make, global_parser, parser_of, without_database
from stillroom.console.child import no_early_success, verdict_of
from stillroom.console.screen.terminal import show_error
from stillroom.console.streams import guarded_output, open_missing
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_INTERRUPTED, StillroomError
from stillroom.project.alembic_env import alembic_options
from stillroom.project.alembic_env.alembic_options import AlembicOptions
from stillroom.verbs import VERBS, make_target, module_of

# Allocations until the garbage collector looks: what a verb imports is no garbage.
_RARELY = 1_000_000
# They only answer, in a process of their own, which code of the project cannot end too early. What
# changes a database, or asks at the terminal, is the very process that its caller sends signals.
_ANSWERS = {
    *("check", "lint-revisions", "report", "compatible", "status", "plan", "doctor"),
    *("current", "history", "heads", "schema", "diagram", "pages", "sql"),
}
# What to do about a file that cannot be written, by the number of the error.
_UNWRITABLE = {
    **dict.fromkeys(
        (EACCES, EPERM, EROFS),
        "Give your user write access to it, or run this as a user who has it.",
    ),
    **dict.fromkeys((ENOSPC, EDQUOT), "Make room on that disk, and run this again."),
}


def main(argv: list[str] | None = None) -> int:
    """Run the verb that ``argv`` names. Returns the exit code, having printed any error."""
    open_missing()
    return reported(lambda: _main(argv))


def _main(argv: list[str] | None) -> int:
    given = global_parser().parse_args(sys.argv[1:] if argv is None else argv)
    verb = (given.verb or "").replace("_", "-")
    loud = ["--quiet"] * given.quiet + ["--verbose"] * given.verbose
    given.arguments = [*loud, *given.arguments]
    given.arguments, database = without_database(given.arguments)
    options = AlembicOptions.given(given.config, database or given.name, given.x)
    if given.version:
        return _show(f"stillroom {stillroom.__version__}")
    with shell.commands_of(Path.cwd(), options.words()):
        if given.help or verb in ("", "help"):
            return _show(_overview())
        if verb not in VERBS:
            print(_unknown(verb), file=sys.stderr)
            return EXIT_CANNOT
    work = partial(run_verb, verb, given.arguments, options)
    if verb in _ANSWERS:
        return verdict_of(work)
    with no_early_success():
        return work()


def reported(work: Callable[[], int]) -> int:
    """The exit code that ``work`` returns; if it raises, that of what is printed then."""
    try:
        root = Path.cwd()
    except FileNotFoundError:
        print("the folder that this runs in is gone\n    cd into your project.", file=sys.stderr)
        return EXIT_CANNOT
    try:
        return work()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  # this is where all of them end
        return _unforeseen(error, root)


def run_verb(verb: str, argv: list[str], options: AlembicOptions | None = None) -> int:
    """Run a verb in this process. Returns the exit code, having printed any error."""
    root = Path.cwd()
    options = options or AlembicOptions.given("", "", ())
    with (
        guarded_output() as exit_code,
        shell.commands_of(root, options.words(), options.database),
        alembic_options.chosen(options),
    ):
        return exit_code(reported(lambda: _verb(verb, argv, options)))


def _show(text: str) -> int:
    with guarded_output() as exit_code:
        print(text)
        return exit_code(EXIT_CLEAN)


def _verb(verb: str, argv: list[str], options: AlembicOptions) -> int:
    gc.set_threshold(_RARELY)
    try:
        # Only the verb's own module: the hook's answer must not wait for the others' imports.
        command = import_module(module_of(verb))
    except ImportError:
        from stillroom.console.requirements import unmet

        if missing := unmet():
            print(missing, file=sys.stderr)
            return EXIT_CANNOT
        raise
    from stillroom.console.requirements import unmet

    if missing := unmet():
        print(missing, file=sys.stderr)
        return EXIT_CANNOT
    from stillroom.console.databases import run_on
    from stillroom.console.volume import choose

    parser = parser_of(verb)
    args = parser.parse_args(argv or from_make(parser))
    choose(args)

    def run(args: Namespace) -> int:
        return reported(lambda: _run(command.run, args))

    code = _run(partial(run_on, run, options), args)
    gc.freeze()  # or Python would go through all of it twice before it ends
    return code


def _run(run: Callable[[Namespace], int], args: Namespace) -> int:
    try:
        return run(args)
    except StillroomError as error:
        show_error(error)
        return error.exit_code
    except SystemExit as error:
        # A verb returns its code: this comes from the project's own code, and is no verdict.
        print(f"the project's code ended the process: {error!r}", file=sys.stderr)
        print("    Make sure that no imported module calls sys.exit().", file=sys.stderr)
        return EXIT_CANNOT
    except OSError as error:
        fix = _UNWRITABLE.get(error.errno or 0)
        if fix is None:
            raise
        print(f"{error.filename}: cannot be written: {error.strerror}", file=sys.stderr)
        print(f"    {fix}", file=sys.stderr)
        return EXIT_CANNOT


def _unforeseen(error: Exception, root: Path) -> int:
    from stillroom.console.failures import report

    print(report(error, root), file=sys.stderr)
    return EXIT_CANNOT


def _overview() -> str:
    make = shell.by_make()
    commands = {
        f"{'make' if make else 'stillroom'} {verb} {about.takes if make else ''}".rstrip(): about
        for verb, about in VERBS.items()
        if about.often
    }
    width = max(map(len, commands))
    lines = [f"{command:<{width}}  {about.summary}" for command, about in commands.items()]
    others = [verb for verb, about in VERBS.items() if not about.often]
    also = ", ".join(map(make_target, others) if make else others)
    lines += wrap(
        f"also: {also}; `stillroom VERB --help` explains each", 80, break_on_hyphens=False
    )
    if not make:
        lines = [
            "usage: stillroom [-c FILE] [-n SECTION] [-x ARG] [-q | -v] VERB [options]",
            "",
            *lines,
            "",
            "-c, -n, -x and ALEMBIC_CONFIG mean what they mean to alembic; --db SECTION is -n.",
            "stillroom VERB --help shows the options of a verb; stillroom --version, the version.",
        ]
    return "\n".join(lines)


def _unknown(verb: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(verb, VERBS, n=1)
    hint = (
        f"Did you mean {shell.Command(near[0])}?" if near else "stillroom --help lists the verbs."
    )
    return f"stillroom has no verb '{verb}'\n    {hint}"
