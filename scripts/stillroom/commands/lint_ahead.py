"""The answer of ``lint-revisions``, found by the check while it has the history at hand.

Both hooks look at the same index. The check runs first, so it looks for the other one, too, and
keeps the answer for just this index on just this commit.
"""

from __future__ import annotations

from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.project.settings import Settings
from stillroom.replay import History
from stillroom.staged import index_verdicts
from stillroom.staged.revisions import Staged, published

_HOOKS = ".pre-commit-config.yaml"


def lint_ahead(history: History, root: Path, settings: Settings, staged: Staged) -> None:
    """Look at the staged revisions and keep the answer, if another hook will ask for it."""
    key = index_verdicts.answer_key(str(root))
    if key is None or settings.environment.get("LINT_URL") or not _is_hooked(root):
        return
    from stillroom.commands import lint_revisions
    from stillroom.lint import selection
    from stillroom.lint.check import lint

    try:
        known = selection.rules_of(settings)
        wanted = selection.changed_revisions(staged)
        report = lint(history, known, settings, wanted=wanted, published=dict(published(staged)))
    except StillroomError:
        return  # the other hook says so itself
    out, err = lint_revisions.rendered(report, known, "text", staged=True)
    index_verdicts.keep_answer(str(root), key, report.exit_code, out, err)


def _is_hooked(root: Path) -> bool:
    try:
        hooks = (root / _HOOKS).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return "lint-revisions" in hooks
