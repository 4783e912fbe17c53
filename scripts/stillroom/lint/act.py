"""The former names of what a rule looks at, for rules of projects that still import them."""

from __future__ import annotations

import sys
from operator import attrgetter

from stillroom.lint.executed import LintedRevision, RevisionStatement

__all__ = ["Act", "Run"]

Act = RevisionStatement
Run = LintedRevision

for kind, former, name in (
    (RevisionStatement, "statement", "parsed"),
    (LintedRevision, "revision", "id"),
    (LintedRevision, "acts", "statements"),
    (LintedRevision, "undo", "downgrade_statements"),
):
    setattr(kind, former, property(attrgetter(name)))

print(
    "stillroom.lint.act is deprecated: from stillroom.lint.executed import RevisionStatement",
    file=sys.stderr,
)
