"""Selects the revisions to check, and the rules to apply."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stillroom.lint import rules
from stillroom.lint.rule import Rule
from stillroom.project.settings import Settings
from stillroom.staged.revisions import Staged


def changed_revisions(staged: Staged) -> list[str]:
    """The staged revision files that differ from the last commit, relative to the root."""
    before = staged.committed
    return [
        path
        for path, blob in staged.tree.items()
        if staged.is_revision(path) and blob != before.get(path)
    ]


def rules_of(settings: Settings) -> list[Rule]:
    """All rules, those of the project's own packages too; see ``rules.load``."""
    with _importable(settings.root):
        return rules.load(settings.rules)


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """Within it the project's own packages of rules can be imported."""
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
