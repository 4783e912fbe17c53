"""What a check ends in: clean, drift, or cannot tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from stillroom.catalog import Catalog, Target
from stillroom.drift.difference import Difference
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_FINDINGS, CannotTell
from stillroom.findings import Finding

CLEAN, DRIFT, CANNOT_TELL = "clean", "drift", "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """``status`` is clean, drift or cannot tell; with the last, ``reason`` says why and where.

    ``differences`` and ``findings`` are the same things as data and in words, but for findings
    that are no difference of tables. ``revisions`` is how many were replayed or remembered.
    """

    status: str
    target: Target
    findings: tuple[Finding, ...] = ()
    differences: tuple[Difference, ...] = ()
    reason: CannotTell | None = None
    revisions: int = 0
    history: Catalog | None = field(default=None, repr=False)
    models: Catalog | None = field(default=None, repr=False)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 drift, 2 cannot tell."""
        return {CLEAN: EXIT_CLEAN, DRIFT: EXIT_FINDINGS}.get(self.status, EXIT_CANNOT)
