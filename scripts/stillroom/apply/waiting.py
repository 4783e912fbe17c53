"""Measures one wait: how long it has taken, when it is over, when to report it."""

from __future__ import annotations

import time

TELL_EVERY = 10.0  # seconds between two messages about one wait


class Wait:
    """Begins when it is made. ``limit``: seconds after which to give up."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._began = time.monotonic()
        self._told: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    @property
    def is_over(self) -> bool:
        """Whether the limit is reached."""
        return self.seconds >= self.limit

    @property
    def was_told(self) -> bool:
        """Whether a message was due: whoever got what it wanted at once has not waited."""
        return self._told is not None

    def is_due(self) -> bool:
        """Whether to tell about it now: at first, then every ten seconds."""
        now = self.seconds
        if self._told is not None and now - self._told < TELL_EVERY:
            return False
        self._told = now
        return True
