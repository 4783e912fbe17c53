"""Which changes of a type lose values: a type that only gets wider loses none."""

from __future__ import annotations

import pytest

from stillroom.authoring.losses import losses
from stillroom.catalog import Catalog, Session, Target, execute
from stillroom.drift.comparison import differences


def lost(old: str, new: str, target: str = "mariadb 10.11") -> list[str]:
    known = Target.parse(target)
    session = Session.default(known)
    before, after = (
        execute(Catalog.empty(known), f"CREATE TABLE t (c {kind})", session).catalog
        for kind in (old, new)
    )
    return [loss.code for loss in losses(before, after, differences(before, after))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ENUM('a','long')", "VARCHAR(4)"),
        ("ENUM('a','long')", "TEXT"),
        ("SET('a','bc')", "VARCHAR(4)"),
        ("UUID", "CHAR(36)"),
        ("UUID", "VARCHAR(40)"),
        ("INET4", "VARCHAR(15)"),
        ("INET6", "VARCHAR(45)"),
        ("INT", "VARCHAR(11)"),
        ("INT UNSIGNED", "VARCHAR(10)"),
        ("BIGINT", "VARCHAR(21)"),
        ("DECIMAL(5,2)", "VARCHAR(7)"),
        ("DATE", "CHAR(10)"),
        ("DATETIME(6)", "VARCHAR(26)"),
        ("INT", "DECIMAL(10,0)"),
        ("VARCHAR(9)", "VARCHAR(10)"),
        ("TIMESTAMP NULL", "DATETIME(6)"),
    ],
)
def test_what_only_gets_wider(old: str, new: str) -> None:
    assert lost(old, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ENUM('a','long')", "VARCHAR(3)"),
        ("SET('a','bc')", "VARCHAR(3)"),
        ("UUID", "CHAR(35)"),
        ("INT", "VARCHAR(10)"),
        ("DECIMAL(5,2)", "VARCHAR(6)"),
        ("DATETIME(6)", "VARCHAR(25)"),
        ("DATETIME", "TIMESTAMP NULL"),
        ("INT", "DECIMAL(9,0)"),
        ("TEXT", "ENUM('a')"),
        ("VARCHAR(9)", "INT"),
    ],
)
def test_what_gets_narrower(old: str, new: str) -> None:
    assert lost(old, new) == ["MY103"]
