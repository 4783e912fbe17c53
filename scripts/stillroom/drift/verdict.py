"""The result of a check: clean, drift, or cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stillroom.catalog import Catalog, Table, Target
from stillroom.drift.difference import Difference
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_FINDINGS, CannotTell
from stillroom.findings import Finding

CLEAN, DRIFT, CANNOT_TELL = "clean", "drift", "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """``status`` is clean, drift or cannot tell; with the last, ``reason`` says why and where.

    ``differences`` and ``findings`` are the same things as data and in words, but for findings
    that are no difference of tables. ``revisions`` is how many were replayed or remembered,
    ``heads`` the newest of them, ``tables`` those that differ, as the models have them: by schema
    ("" for the default one) and name. ``server`` is the scratch server that has run the revisions.
    ``before`` is the contract revision before which the models are compared; "" at the heads.
    """

    status: str
    target: Target
    findings: tuple[Finding, ...] = ()
    differences: tuple[Difference, ...] = ()
    reason: CannotTell | None = None
    revisions: int = 0
    heads: tuple[str, ...] = ()
    tables: Mapping[tuple[str, str], Table] = field(default_factory=dict, repr=False)
    history: Catalog | None = field(default=None, repr=False)
    models: Catalog | None = field(default=None, repr=False)
    server: str = ""
    before: str = ""

    @property
    def exit_code(self) -> int:
        """0 clean, 1 drift, 2 cannot tell."""
        return {CLEAN: EXIT_CLEAN, DRIFT: EXIT_FINDINGS}.get(self.status, EXIT_CANNOT)
