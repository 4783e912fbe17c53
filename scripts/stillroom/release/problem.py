"""What a release's code cannot do on other tables."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that the release's code does and the server refuses; ``answer`` is its error."""

    code: str
    what: str
    answer: str

    @property
    def may(self) -> bool:
        """Whether it depends on values that the code perhaps never writes."""
        return self.what.startswith("may ")
