"""``LINT_URL``: a real server is asked what statements cost, and keeps nothing of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from stillroom.catalog import Target
from stillroom.cost import Algorithm, cost
from stillroom.errors import SettingsError
from stillroom.lint.cost_probe import cost_probe
from tests.support.lint_cases import NAMES, LintCase, said, source_of
from tests.support.projects import ROOT
from tests.support.repositories import make_repository
from tests.support.servers import target_of

HOLD = """
import sys, time
from stillroom.catalog import Target
from stillroom.lint.cost_probe import cost_probe
with cost_probe(sys.argv[1], Target.parse(sys.argv[2])) as server:
    server.connection.exec_driver_sql(f"CREATE DATABASE {server.database}")
    print(server.database, flush=True)
    time.sleep(60)
"""
COPIES = "my301_blocks"


@pytest.fixture
def databases(server_url: str) -> Iterator[Any]:
    """The names of the databases on the server, as a function."""
    engine = sa.create_engine(server_url)

    def names() -> set[str]:
        with engine.connect() as connection:
            return set(connection.exec_driver_sql("SHOW DATABASES").scalars())

    yield names
    engine.dispose()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> LintCase:
    return LintCase(tmp_path_factory.mktemp("bench"))


def test_the_rules_say_what_the_server_does(
    server_url: str, bench: LintCase, databases: Any
) -> None:
    before = databases()
    target = str(target_of(server_url))
    for name in sorted({*NAMES} - {"my607_published"}):
        report = bench.lint([source_of(name, "raises")], target, lint_url=server_url)
        assert report.asked
        assert said(report, "MY004") == "", name
    assert {one for one in databases() if one.startswith("stillroom_lint_")} <= before


def test_a_difference_is_ours_to_mend(
    server_url: str, bench: LintCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*arguments: Any, **options: Any) -> Any:
        return replace(right(*arguments, **options), algorithm=Algorithm.INSTANT)

    right = cost
    monkeypatch.setattr("stillroom.lint.executed.cost", wrong)
    target = str(target_of(server_url))
    report = bench.lint([source_of(COPIES, "raises")], target, lint_url=server_url)
    text = said(report, "MY004")
    assert "case.py:9: MY004 the server uses COPY, LOCK=" in text
    assert "; the rules expected INSTANT" in text
    assert "ALTER TABLE orders MODIFY amount NUMERIC(12, 4) NULL;" in text
    assert "CREATE TABLE `orders` (" in text
    assert all(one.code != "MY004" for one in report.findings)  # a warning


def test_what_a_killed_run_leaves_is_dropped_by_the_next(server_url: str, databases: Any) -> None:
    target = target_of(server_url)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, server_url, str(target)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        with cost_probe(server_url, target):
            assert name in databases()  # somebody is at work there
        process.send_signal(signal.SIGKILL)
    with cost_probe(server_url, target) as server:
        while server.connection.exec_driver_sql("SELECT IS_FREE_LOCK(%s)", (name,)).scalar() == 0:
            pass  # the server has to notice that its client is gone
    with cost_probe(server_url, target):
        assert name not in databases()


def test_databases_of_others_are_left_alone(server_url: str, databases: Any) -> None:
    engine = sa.create_engine(server_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE IF NOT EXISTS stillroom_lint_mine")
        with cost_probe(server_url, target_of(server_url)):
            assert "stillroom_lint_mine" in databases()
        connection.exec_driver_sql("DROP DATABASE stillroom_lint_mine")
    engine.dispose()


def test_a_server_of_another_version(server_url: str) -> None:
    with (
        pytest.raises(SettingsError, match=r"and the revisions are for mysql 8\.0"),
        cost_probe(server_url, Target.parse("mysql 8.0")),
    ):
        pass


def test_through_the_hook(server_url: str, tmp_path: Path, databases: Any) -> None:
    repository = make_repository(tmp_path, hook="none")
    target = target_of(server_url)
    repository.replace("alembic.ini", "# target = mariadb 10.11", f"target = {target}")
    repository.add_revision(body='    op.execute("ALTER TABLE user ADD FULLTEXT INDEX f (email)")')
    repository.git("add", "--all")
    answer = repository.script("lint_revisions", LINT_URL=server_url)
    assert answer.code == 1
    assert "MY301" in answer.out
    assert "MY004" not in answer.out
    assert "the server of LINT_URL was asked what the statements cost." in answer.err
    away = "mysql+pymysql://root:hidden@127.0.0.1:1/"
    answer = repository.script("lint_revisions", LINT_URL=away)
    assert answer.code == 2
    assert "127.0.0.1:1: no server answers" in answer.err
    assert "hidden" not in answer.out + answer.err
