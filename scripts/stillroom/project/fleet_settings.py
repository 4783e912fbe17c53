"""The settings of a fleet: which databases there are, and how an upgrade goes through them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stillroom.project.setting_values import read_reference, seconds, setting

_WAVE = re.compile(r"[1-9]\d*|\d+(\.\d+)? ?%|[\w.-]+")
_WINDOW = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?- ?([01]?\d|2[0-3]):([0-5]\d)")


def read_waves(text: str) -> tuple[str, ...]:
    """``1, 10 %, rest``: numbers, shares and groups of databases, one after the other."""
    waves = tuple(" ".join(part.split()) for part in text.split(","))
    for wave in waves:
        if not _WAVE.fullmatch(wave):
            raise ValueError(
                f"'{wave}' is neither a number of databases, a share, a group nor rest; "
                "write for example: 1, 10 %, rest"
            )
    return waves


def read_on_error(text: str) -> int | None:
    """How many databases may fail before the rest is left: ``stop``, ``continue``, ``limit 3``."""
    words = text.lower().split()
    if words == ["stop"]:
        return 0
    if words == ["continue"]:
        return None
    if len(words) == 2 and words[0] == "limit" and words[1].isdecimal():
        return int(words[1])
    raise ValueError(f"'{text}' is none of: stop, continue, limit 3")


def read_window(text: str) -> tuple[int, int]:
    """``22:00-05:30``, as minutes of the day."""
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no window of time; write for example: 22:00-05:30")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    return hour * 60 + minute, end_hour * 60 + end_minute


def read_at_least_one(text: str) -> int:
    """A whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"'{text}' is not a whole number from 1 up")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class FleetSettings:
    """Which databases share this history, and how `fleet upgrade` goes through them."""

    fleet: str = setting(
        "",
        "the databases of a fleet: a file of URLs or names, `query: SELECT …`, "
        "`command: …` or `function: package.module:name`",
        str,
    )
    fleet_url: str = setting(
        "",
        "the URL of a database that the fleet only names, with `${name}`, its other fields and "
        "variables of the environment in it",
        str,
    )
    fleet_variable: str = setting(
        "DB_URL",
        "the variable by which the application learns its database, for revisions that "
        "must run in Python",
        str,
        "`DB_URL`",
    )
    fleet_waves: tuple[str, ...] = setting(
        ("1", "10 %", "rest"),
        "how many databases are upgraded before the next ones follow: numbers, shares of all "
        "(in an ini file, `%` is written twice), names of groups, `rest`",
        read_waves,
        "`1, 10 %, rest`",
    )
    fleet_parallel: int = setting(
        8, "how many databases are worked on at once", read_at_least_one, "8"
    )
    fleet_per_host: int = setting(8, "how many of them on one host", read_at_least_one, "8")
    fleet_on_error: int | None = setting(
        0,
        "`stop`: the first database that fails, or that is not as its revision makes it, is the "
        "last; `continue`; `limit 3`: three may fail",
        read_on_error,
        "`stop`",
    )
    fleet_pause: float = seconds(0.0, "the pause between two waves")
    fleet_check: str = setting(
        "", "a command to run after each wave; if it fails, the next wave does not begin", str
    )
    fleet_window: tuple[int, int] | None = setting(
        None,
        "the time of day, in local time, in which databases may be begun: `22:00-05:30`",
        read_window,
    )
    fleet_executor: str = setting(
        "",
        "a function that returns a `concurrent.futures.Executor` to run on, such as Dask's: "
        "`package.module:name`",
        read_reference,
    )
