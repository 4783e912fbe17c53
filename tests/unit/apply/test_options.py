"""What [stillroom] says about upgrades, as options."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom.apply import Options
from stillroom.apply.options import options_of
from stillroom.errors import SettingsError
from stillroom.project.project import Project
from stillroom.project.settings import UpgradeSettings, load


def project(root: Path, text: str = "", **environment: str) -> Project:
    (root / "alembic.ini").write_text(f"[alembic]\n[stillroom]\n{text}")
    settings = load(root)
    settings.environment.update(environment)  # type: ignore[attr-defined]
    engine = sa.create_engine("mysql+pymysql://nobody@nowhere/x")
    return Project(settings, Config(), engine)


def test_nothing_is_set(tmp_path: Path) -> None:
    assert options_of(project(tmp_path)) == Options()


def test_everything_is_set(tmp_path: Path) -> None:
    text = """
target = mysql 9.7
lock_timeout = 1.5
merge = off
max_blocking_rows = 0
lock_wait = 2
lock_limit = 30
online_ddl = pt-osc
max_load = 0
max_lag = 7
pause_limit = 9
"""
    environment = {"ALLOW_LOCK": "1", "REPLICA_URLS": "mysql://a mysql://b"}
    found = options_of(project(tmp_path, text, **environment))
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
    untouched = [one.name for one in fields(UpgradeSettings) if f"\n{one.name} =" not in text]
    assert untouched == []


def test_an_empty_setting_is_none(tmp_path: Path) -> None:
    assert options_of(project(tmp_path, "merge =\nlock_wait =\nonline_ddl = off")) == Options()


def test_a_lock_is_not_allowed_by_a_zero(tmp_path: Path) -> None:
    assert not options_of(project(tmp_path, ALLOW_LOCK="0")).allow_lock


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("merge", "maybe", "'maybe' is neither on nor off"),
        ("online_ddl", "gh-ost", "'gh-ost' is neither off nor pt-osc"),
        ("max_blocking_rows", "many", "'many' is not a number from 0 up"),
        ("lock_wait", "-1", "'-1' is not a number from 0 up"),
        ("lock_limit", "inf", "'inf' is not a number from 0 up"),
        ("target", "mysql 5.7", "'mysql 5.7' is too old"),
        ("models", "app.models, other", "'app.models,' is not the name of a module"),
        ("base", "app.database.engine", "is not of the form module:name"),
        ("severity", "MY301", "'MY301' is not the code of a rule and a severity"),
    ],
)
def test_what_it_cannot_be(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        project(tmp_path, f"{name} = {value}")
    assert message in str(refused.value)
    assert f"alembic.ini:3: [stillroom] {name}: " in str(refused.value)
