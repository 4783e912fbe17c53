"""Stops a replay at what a server in memory cannot answer, and remembers that it did."""

from __future__ import annotations

from typing import NoReturn

from stillroom.errors import CannotTell
from stillroom.project.call_site import CallSites


class Refusals:
    """``refused`` keeps the first refusal, because the code that is replayed may swallow it."""

    def __init__(self, call_sites: CallSites | None) -> None:
        self.call_sites = call_sites or CallSites()
        self.refused: CannotTell | None = None

    def refuse(self, what: str, fix: str = "") -> NoReturn:
        """Stop the replay: CannotTell with the place in the project's files."""
        refusal = CannotTell(what, where=str(self.call_sites.here() or ""), fix=fix)
        if self.refused is None:
            self.refused = refusal
        raise refusal

    def refuse_connection(
        self,
        what: str,
        fix: str = "connect inside run_migrations_online(), by an engine for the target's kind of "
        "server",
    ) -> NoReturn:
        """Stop the replay because something tried to leave this process."""
        self.refuse(f"a replay contacts nothing, but {what} was tried", fix)
