"""What is compiled for databases that are alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from stillroom.catalog import Target
from stillroom.fleet import compilation
from stillroom.fleet.compilation import Compiled, Revisions, grouped
from stillroom.fleet.inventory import Member
from stillroom.fleet.survey import SurveyedDatabase
from stillroom.project.settings import Settings

GONE = sa.exc.OperationalError("SELECT 1", {}, Exception(2003, "Can't connect"))
REVISIONS = Revisions("alembic_version", frozenset())


def test_databases_that_stop_answering_are_named_and_the_next_one_is_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A server dies between the first look and the comparison of its tables."""
    alive = ["shop_3"]

    def answer(url: sa.URL, *_: Any) -> tuple[str, ...]:
        if url.database not in alive:
            raise GONE
        return ()

    monkeypatch.setattr(compilation, "database_settings", answer)
    monkeypatch.setattr(compilation, "changed_by_hand", lambda *_: ([], ""))
    monkeypatch.setattr(compilation, "_compiled", lambda *_, **__: Compiled((), ("aaa",), ("aaa",)))
    target = Target.parse("mariadb 10.11")
    monkeypatch.setattr(compilation, "_alike", lambda _, found: [(target, list(found))])
    found = [
        SurveyedDatabase(Member(name, sa.make_url(f"mysql+pymysql://u@h/{name}")))
        for name in ("shop_1", "shop_2", "shop_3", "shop_4")
    ]
    settings = Settings(root=tmp_path, ini=tmp_path / "alembic.ini", environment={})
    (group,), deviants = grouped(settings, REVISIONS, found, "heads", contract=False)
    assert [one.member.name for one in group.databases] == ["shop_3", "shop_4"]
    assert [(one.member.name, one.problem) for one in deviants] == [
        ("shop_1", "not reached: 2003 Can't connect"),
        ("shop_2", "not reached: 2003 Can't connect"),
    ]
    alive.clear()
    groups, deviants = grouped(settings, REVISIONS, found, "heads", contract=False)
    assert not groups
    assert len(deviants) == 4


def test_who_was_changed_while_it_was_looked_at_is_not_taken_for_changed_by_hand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another run works on the first one, and has not come to the second one yet."""
    target = Target.parse("mariadb 10.11")
    changed = {"shop_1": ["table a is only in the database"], "shop_2": []}
    monkeypatch.setattr(compilation, "database_settings", lambda *_: ())
    monkeypatch.setattr(
        compilation, "changed_by_hand", lambda _, url, *__: (changed[url.database], "")
    )
    monkeypatch.setattr(compilation, "_compiled", lambda *_, **__: Compiled((), ("aaa",), ("aaa",)))
    monkeypatch.setattr(compilation, "_alike", lambda _, found: [(target, list(found))])
    monkeypatch.setattr(
        compilation,
        "ask",
        lambda member, *_: SurveyedDatabase(member, heads=("aaa",), fingerprint="other"),
    )
    found = [
        SurveyedDatabase(Member(name, sa.make_url(f"mysql+pymysql://u@h/{name}")))
        for name in ("shop_1", "shop_2")
    ]
    settings = Settings(root=tmp_path, ini=tmp_path / "alembic.ini", environment={})
    (group,), deviants = grouped(settings, REVISIONS, found, "heads", contract=False)
    assert [one.member.name for one in group.databases] == ["shop_2"]
    assert [one.problem for one in deviants] == ["another deployer is at work on it"]
