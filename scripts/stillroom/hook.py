"""The git hooks: the fastest way to an answer first, the whole work only if it must be."""

from __future__ import annotations

import gc
import os
import sys

from stillroom.staged import index_verdicts

# Allocations until the garbage collector looks: what is imported from here on is no garbage.
_RARELY = 1_000_000
_CANNOT = 2  # as in stillroom.errors, which this has no time to import
_STDOUT, _STDERR = 1, 2  # sys has no streams for those that the caller has closed


def main(argv: list[str] | None = None) -> int:
    """Judge what is staged in the current folder. Returns the exit code of ``check``."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv and _is_clean():
        _write(_STDERR, "Clean: nothing relevant has changed since the last check.\n")
        return 0
    gc.set_threshold(_RARELY)
    code = _check(argv)
    gc.freeze()  # or Python would go through all of it twice before it ends
    return code


def _check(argv: list[str]) -> int:
    if argv:  # something else than the index
        from stillroom.cli import main as run

        return run(["check", *([] if "--worktree" in argv else ["--staged"]), *argv])
    from stillroom.console.child import verdict_of
    from stillroom.console.streams import open_missing

    open_missing()
    return verdict_of(_check_index)


def _check_index() -> int:
    from stillroom.cli import reported

    return reported(_check_with_checkout)


def _check_with_checkout() -> int:
    """What ``check --staged`` does, with a checkout in the background."""
    from contextlib import suppress
    from pathlib import Path

    from stillroom.cli import run_verb
    from stillroom.project.patching import without_library

    try:
        from stillroom.staged.background_checkout import in_background
    except ImportError:  # on Windows, which the verb will say
        return run_verb("check", ["--staged"])
    with in_background(Path.cwd()) as wait_for_checkout:
        # Mako, which Alembic imports, has it for pages of errors that no browser will show here: a
        # twentieth of the time of a check. An ImportError of an old library the verb will explain.
        with suppress(ImportError), without_library("pygments"):
            import stillroom.commands.checks.check  # noqa: F401 - while the checkout goes on
        wait_for_checkout()
        return run_verb("check", ["--staged"])


def lint(argv: list[str] | None = None) -> int:
    """Look at the staged revisions. Returns the exit code of ``lint-revisions``.

    The check, if it has run before, has found the answer on its way.
    """
    argv = sys.argv[1:] if argv is None else argv
    known = None if argv else _answer()
    if known is not None:
        code, out, err = known
        written = not out or _write(_STDOUT, f"{out}\n")
        _write(_STDERR, f"{err}\n")
        return code if written else _CANNOT
    gc.set_threshold(_RARELY)
    from stillroom.cli import main as run

    code = run(["lint-revisions", *argv])
    gc.freeze()
    return code


def _answer() -> tuple[int, str, str] | None:
    try:
        return index_verdicts.answer(os.getcwd())
    except (OSError, ValueError):
        return None  # the whole work says what is wrong


def _is_clean() -> bool:
    try:
        root = os.getcwd()
        return index_verdicts.is_clean(root) or _is_clean_tree(root)
    except (OSError, TypeError, ValueError):
        return False  # the whole check says what is wrong


def _is_clean_tree(root: str) -> bool:
    # From here on it takes libraries of Python, and git.
    from pathlib import Path

    from stillroom.errors import StillroomError
    from stillroom.staged import tree_verdicts

    if not index_verdicts.clean_keys(root):
        return False
    try:
        clean = tree_verdicts.is_clean(Path(root))
    except StillroomError:
        return False
    if clean:
        index_verdicts.remember(root, index_verdicts.index_key(root))
    return clean


def _write(number: int, text: str) -> bool:
    """Write to a standard stream; whether somebody can have read it, or has read enough."""
    rest = text.encode(errors="backslashreplace")
    try:
        while rest:
            rest = rest[os.write(number, rest) :]
    except BrokenPipeError:
        return True
    except OSError:
        return False
    return True
