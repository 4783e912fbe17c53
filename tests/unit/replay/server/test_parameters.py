"""Parameters become the literals that the drivers would send."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest

from stillroom.replay.server.parameters import LonePercent, bind, literal


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "1"),
        (-7, "-7"),
        (1.5, "1.5e0"),
        (1e30, "1e+30"),
        (decimal.Decimal("1.50"), "1.50"),
        ("it's \\ \n", "'it\\'s \\\\ \\n'"),
        (b"\x00\xff", "x'00ff'"),
        (Colour.RED, "'red'"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5), "'2020-01-02 03:04:05'"),
        (datetime.date(2020, 1, 2), "'2020-01-02'"),
        (datetime.timedelta(hours=30, microseconds=5), "'30:00:00.000005'"),
        (uuid.UUID(int=1), "'00000000-0000-0000-0000-000000000001'"),
        ([1, "a"], "(1,'a')"),
    ],
)
def test_literal(value: Any, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize("value", [object(), float("nan"), {"a": 1}])
def test_what_no_driver_can_send(value: Any) -> None:
    with pytest.raises(TypeError):
        literal(value)


def test_styles_of_parameters() -> None:
    assert bind("SELECT %s, '100%%'", (1,)) == "SELECT 1, '100%'"
    assert bind("SELECT %(a)s", {"a": "x"}) == "SELECT 'x'"
    assert bind("SELECT ?, '?', `?`", ("a",), "qmark") == "SELECT 'a', '?', `?`"
    assert bind("SELECT '100%%'", ()) == "SELECT '100%'"
    assert bind("SELECT 'a%' LIKE 'b%'", None) == "SELECT 'a%' LIKE 'b%'"
    assert bind("SELECT 'a%'", None, formats=True) == "SELECT 'a%'"
    assert bind("SELECT 'a%'", ()) == "SELECT 'a%'"
    with pytest.raises(LonePercent):
        bind("SELECT 'a%'", (), formats=True)
    with pytest.raises(TypeError):
        bind("SELECT %s", (1, 2))
    with pytest.raises(TypeError):
        bind("SELECT ?", (), "qmark")
