"""The git hooks: the fastest way to an answer first, the whole work only if it must be."""

from __future__ import annotations

import gc
import os
import sys

from stillroom.staged import index_verdicts

# Allocations until the garbage collector looks: what is imported from here on is no garbage.
_RARELY = 1_000_000


def main(argv: list[str] | None = None) -> int:
    """Judge what is staged in the current folder. Returns the exit code of ``check``."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv and _is_clean(os.getcwd()):
        print("Clean: nothing relevant has changed since the last check.", file=sys.stderr)
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

    return verdict_of(_check_index)


def _check_index() -> int:
    """What ``check --staged`` does, with a checkout in the background."""
    from contextlib import suppress
    from pathlib import Path

    from stillroom.cli import run_verb

    try:
        from stillroom.staged.background_checkout import in_background
    except ImportError:  # on Windows, which the verb will say
        return run_verb("check", ["--staged"])
    with in_background(Path.cwd()) as wait_for_checkout:
        with suppress(ImportError):  # of an old library, which the verb will say
            import stillroom.commands.checks.check  # noqa: F401 - while the checkout goes on
        wait_for_checkout()
        return run_verb("check", ["--staged"])


def lint(argv: list[str] | None = None) -> int:
    """Look at the staged revisions. Returns the exit code of ``lint-revisions``.

    The check, if it has run before, has found the answer on its way.
    """
    argv = sys.argv[1:] if argv is None else argv
    known = None if argv else index_verdicts.answer(os.getcwd())
    if known is not None:
        code, out, err = known
        print(out, end="\n" if out else "")
        print(err, file=sys.stderr)
        return code
    gc.set_threshold(_RARELY)
    from stillroom.cli import main as run

    code = run(["lint-revisions", *argv])
    gc.freeze()
    return code


def _is_clean(root: str) -> bool:
    if index_verdicts.is_clean(root):
        return True
    # From here on it takes libraries of Python, and git.
    from pathlib import Path

    from stillroom.errors import StillroomError
    from stillroom.staged import tree_verdicts

    if not index_verdicts.clean_keys(root):
        return False
    try:
        clean = tree_verdicts.is_clean(Path(root))
    except StillroomError:
        return False  # the whole check says what is wrong
    if clean:
        index_verdicts.remember(root, index_verdicts.index_key(root))
    return clean
