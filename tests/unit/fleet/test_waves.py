"""How a fleet is divided into waves, and when they may run."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from stillroom.errors import SettingsError
from stillroom.fleet.inventory import Member
from stillroom.fleet.waves import divided, is_open
from stillroom.project.fleet_settings import read_on_error, read_waves, read_window

URL = sa.make_url("mysql+pymysql://root@db/x")
FLEET = [Member(f"m{number}", URL, "canary" if number > 17 else "") for number in range(20)]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("1, 10 %, rest", [1, 2, 17]),
        ("canary, 50%, rest", [2, 10, 8]),
        ("rest", [20]),
        ("3", [3, 17]),  # nobody is forgotten
        ("30, canary", [20]),
        ("1 %", [1, 19]),
    ],
)
def test_sizes_of_waves(text: str, sizes: list[int]) -> None:
    waves = divided(FLEET, read_waves(text))
    assert [len(wave) for wave in waves] == sizes
    assert sorted(member.name for wave in waves for member in wave) == sorted(
        member.name for member in FLEET
    )


def test_group_without_members() -> None:
    with pytest.raises(SettingsError, match="in the group 'canaries'"):
        divided(FLEET, ("canaries", "rest"))


@pytest.mark.parametrize(("text", "number"), [("stop", 0), ("continue", None), ("limit 3", 3)])
def test_failures_that_are_accepted(text: str, number: int | None) -> None:
    assert read_on_error(text) == number


@pytest.mark.parametrize("read", [read_on_error, read_waves, read_window])
def test_nonsense_is_refused(read: object) -> None:
    assert callable(read)
    with pytest.raises(ValueError, match=r"'perhaps\?'"):
        read("perhaps?")


@pytest.mark.parametrize(
    ("window", "hour", "opens"),
    [
        ("22:00-05:30", 23, True),
        ("22:00-05:30", 4, True),
        ("22:00-05:30", 12, False),
        ("09:00-17:00", 9, True),
        ("09:00-17:00", 17, False),
        ("00:00-00:00", 12, True),
    ],
)
def test_window_goes_past_midnight(window: str, hour: int, opens: bool) -> None:
    assert is_open(read_window(window), datetime(2026, 1, 1, hour)) is opens
    assert is_open(None, datetime(2026, 1, 1, hour))
