"""What [stillroom] says about upgrades, as options."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom.apply import Options
from stillroom.commands.choices import options
from stillroom.errors import SettingsError
from stillroom.project.project import Project
from stillroom.project.settings import Settings


def project(environment: dict[str, str] | None = None, **given: str) -> Project:
    settings = Settings(Path(), Path("alembic.ini"), environment or {}, **given)  # type: ignore[arg-type]
    engine = sa.create_engine("mysql+pymysql://nobody@nowhere/x")
    return Project(settings, Config(), engine)


def test_nothing_is_set() -> None:
    assert options(project()) == Options()


def test_everything_is_set() -> None:
    found = options(
        project(
            {"ALLOW_LOCK": "1", "REPLICA_URLS": "mysql://a mysql://b"},
            target="mysql 9.7",
            lock_timeout="1.5",
            merge="off",
            max_blocking_rows="0",
            lock_wait="2",
            lock_limit="30",
            online_ddl="pt-osc",
            max_load="0",
            max_lag="7",
            pause_limit="9",
        )
    )
    assert found == Options(
        target="mysql 9.7",
        lock_timeout=1.5,
        merge=False,
        max_blocking_rows=0,
        allow_lock=True,
        lock_wait=2,
        lock_limit=30,
        online_ddl="pt-osc",
        max_load=0,
        max_lag=7,
        pause_limit=9,
        replicas=("mysql://a", "mysql://b"),
    )


def test_a_lock_is_not_allowed_by_a_zero() -> None:
    assert not options(project({"ALLOW_LOCK": "0"})).allow_lock


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("merge", "maybe", "'maybe' is neither on nor off"),
        ("online_ddl", "gh-ost", "'gh-ost' is not known here"),
        ("max_blocking_rows", "many", "'many' is no number"),
        ("lock_wait", "-1", "'-1' is no number"),
        ("lock_limit", "inf", "'inf' is no number"),
    ],
)
def test_what_it_cannot_be(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        options(project({}, **{name: value}))
    text = str(refused.value)
    assert message in text
    assert f"alembic.ini: [stillroom] {name}" in text
