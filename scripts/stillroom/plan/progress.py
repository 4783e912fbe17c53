"""Finds how far a half-applied revision got in a list of pending statements."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARK = re.compile(r"%s|%\(\w+\)s")


def done_before(done: Sequence[str], planned: Sequence[str]) -> int:
    """How many of ``planned`` lie before the end of what is done.

    ``done`` are texts of the journal, with placeholders; ``planned`` have values in their place.
    What was planned and is not in the journal (a setting, a refusal) counts with what follows it.
    """
    position = 0
    for text in done:
        pattern = _pattern(text)
        for later in range(position, len(planned)):
            if pattern.fullmatch(planned[later].strip()):
                position = later + 1
                break
    return position


def _pattern(text: str) -> re.Pattern[str]:
    parts = [re.escape(part.replace("%%", "%")) for part in _MARK.split(text.strip())]
    return re.compile(".*?".join(parts), re.DOTALL)
