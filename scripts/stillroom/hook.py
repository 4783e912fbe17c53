"""The hooks: the shortest way to an answer first, the whole work only if it must be."""

from __future__ import annotations

import gc
import os
import sys

from stillroom import quick

# Allocations until the garbage collector looks: what is imported from here on is no garbage.
_RARELY = 1_000_000


def main(argv: list[str] | None = None) -> int:
    """Judge what is staged in the current folder. Returns the exit code of ``check``."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv and _is_clean(os.getcwd()):
        print("Clean: nothing that matters has changed since the last check.", file=sys.stderr)
        return 0
    gc.set_threshold(_RARELY)
    code = _check(argv)
    gc.freeze()  # or Python would go through all of it twice before it ends
    return code


def _check(argv: list[str]) -> int:
    if argv:  # something else than the index
        from stillroom.cli import main as run

        return run(["check", *argv])
    from pathlib import Path

    from stillroom.ahead import exporting

    with exporting(Path.cwd()) as exported:
        import stillroom.commands.check  # noqa: F401 - in the time that the export takes
        from stillroom.cli import main as run

        exported()
        return run(["check"])


def lint(argv: list[str] | None = None) -> int:
    """Look at the staged revisions. Returns the exit code of ``lint-revisions``.

    The check, if it has run before, has found the answer on its way.
    """
    argv = sys.argv[1:] if argv is None else argv
    known = None if argv else quick.answer(os.getcwd())
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
    if quick.is_clean(root):
        return True
    # From here on it takes libraries of Python, and git.
    from pathlib import Path

    from stillroom import unchanged
    from stillroom.errors import StillroomError

    if not quick.clean_keys(root):
        return False
    try:
        clean = unchanged.is_clean(Path(root))
    except StillroomError:
        return False  # the whole check says what is wrong
    if clean:
        quick.remember(root, quick.index_key(root))
    return clean
