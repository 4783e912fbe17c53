"""Divides a fleet into waves, and tells whether it is the time for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from stillroom.errors import SettingsError
from stillroom.fleet.inventory import Member

_DAY = 24 * 60  # minutes


def divided(members: Sequence[Member], waves: Sequence[str]) -> list[list[Member]]:
    """The members of each wave; what no wave names is the last one.

    A share is of all members, and at least one. Raises SettingsError for a group without members.
    """
    left = list(members)
    result = []
    for wave in waves:
        chosen = set(_chosen(wave, left, len(members)))
        if not chosen and not any(member.group == wave for member in members):
            _check_group(wave, left)
        result.append([member for member in left if member.name in chosen])
        left = [member for member in left if member.name not in chosen]
    return [wave for wave in [*result, left] if wave]


def _chosen(wave: str, left: Sequence[Member], total: int) -> Iterator[str]:
    if wave.isdecimal():
        yield from (member.name for member in left[: int(wave)])
    elif wave.endswith("%"):
        share = max(1, math.ceil(total * float(wave.rstrip("% ")) / 100))
        yield from (member.name for member in left[:share])
    else:
        yield from (member.name for member in left if wave in ("rest", member.group))


def _check_group(wave: str, left: Sequence[Member]) -> None:
    if wave == "rest" or wave.isdecimal() or wave.endswith("%"):
        return
    groups = sorted({member.group for member in left if member.group})
    raise SettingsError(
        f"no database of the fleet is in the group '{wave}'",
        where="waves",
        fix=f"The groups are: {', '.join(groups)}."
        if groups
        else f"No database has a group: write group={wave} on the lines of those that are meant.",
    )


def is_open(window: tuple[int, int] | None, now: datetime) -> bool:
    """Whether ``now`` is within a window, which may go past midnight."""
    if window is None:
        return True
    begin, end = window
    minute = now.hour * 60 + now.minute
    return (minute - begin) % _DAY < ((end - begin) % _DAY or _DAY)
