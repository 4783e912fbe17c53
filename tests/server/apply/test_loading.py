"""An empty database that is filled from a snapshot is what an upgrade makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from stillroom.catalog import Target
from stillroom.replay import opened_history
from stillroom.snapshot import history as snapshots
from stillroom.snapshot.reading import Snapshot
from tests.support import servers
from tests.support.crashes import Command, Cut, config_for, difference, run
from tests.support.crashes import contents as contents_of

HISTORY = Path(__file__).parents[2] / "cases" / "loaded" / "alembic"


def loading(snapshot: Snapshot, *, rows: bool = True) -> Command:
    def load(config: Config) -> None:
        sources = {
            path.name[:2]: path.read_text(encoding="utf-8")
            for path in (HISTORY / "versions").glob("*.py")
            if path.name[:2] <= snapshot.header.heads[0]
        }
        apply.load(config, snapshot, sources, rows=rows)

    return load


def contents(url: sa.URL) -> dict[str, str]:
    """What it holds, whatever the name of the database."""
    return {
        name: str(one).replace(str(url.database), "x") for name, one in contents_of(url).items()
    }


def up_to(revision: str) -> Command:
    return lambda config: apply.upgrade(config, revision)


def snapshot_at(server_url: str, revision: str) -> Snapshot:
    target = servers.target_of(server_url)
    with opened_history(config_for(HISTORY), target=target) as history:
        order = history.order(revision)
        return snapshots.made_at(history, order, history.state_behind(order))


@pytest.fixture(scope="module", autouse=True)
def url_for_the_replay() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRASH_URL", "mysql+pymysql://nobody@127.0.0.1:1/app")
        yield


@pytest.fixture(scope="module")
def snapshot(server_url: str) -> Snapshot:
    return snapshot_at(server_url, "b2")


@pytest.fixture(scope="module")
def upgraded(server_url: str) -> dict[str, str]:
    with servers.database(server_url) as url:
        done = run(url, up_to("b2"), history=HISTORY)
        assert done.code == 0, done.text
        return contents(url)


def test_it_is_what_an_upgrade_makes(
    database: sa.URL, snapshot: Snapshot, upgraded: dict[str, str]
) -> None:
    assert snapshot.unknown == ()
    done = run(database, loading(snapshot), history=HISTORY)
    assert done.code == 0, done.text
    assert difference(upgraded, contents(database)) == ""
    # From there on both go the same way: the server drops the key that it has made.
    assert run(database, up_to("c3"), history=HISTORY).code == 0
    assert "`team_id` (`team_id`)" not in str(contents_of(database)["member"])
    again = run(database, loading(snapshot), history=HISTORY)
    assert again.code == 2
    assert "AP504 the database" in again.text


def test_a_load_that_is_cut_off_is_finished_by_the_next(
    server_url: str, snapshot: Snapshot, upgraded: dict[str, str]
) -> None:
    with servers.database(server_url) as url:
        messages = run(url, loading(snapshot), history=HISTORY).text.split("\x00")
    count = len(messages)
    last = max(number for number, text in enumerate(messages, 1) if text == "COMMIT")
    for number in sorted({*range(2, count, max(1, count // 12)), last, count}):
        with servers.database(server_url) as url:
            how = ("before", "during", "kill")[number % 3]
            run(url, loading(snapshot), Cut(number, how), HISTORY)
            run(url, loading(snapshot), Cut(number * 7 % 20 + 1, "before"), HISTORY)
            again = run(url, loading(snapshot), history=HISTORY)
            assert again.code == 0, f"{number}: {messages[number - 1]}: {again.text}"
            assert difference(upgraded, contents(url)) == "", f"{number}: {messages[number - 1]}"


def test_nobody_takes_a_half_loaded_database_for_another(
    database: sa.URL, snapshot: Snapshot
) -> None:
    run(database, loading(snapshot), Cut(12, "before"), HISTORY)
    commands: list[Callable[[Config], object]] = [up_to("b2"), apply.status]
    commands.append(lambda config: apply.check_whole(config, "stamp"))
    for command in commands:
        stopped = run(database, command, history=HISTORY)
        assert stopped.code == 2
        assert "AP507 the load of" in stopped.text
        assert " load    finishes it" in stopped.text
    other = run(database, loading(snapshot, rows=False), history=HISTORY)
    assert "AP503 a load of another" in other.text
    assert run(database, loading(snapshot), history=HISTORY).code == 0
    assert run(database, up_to("c3"), history=HISTORY).code == 0


def test_a_database_with_a_view_is_not_empty(database: sa.URL, snapshot: Snapshot) -> None:
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE VIEW v AS SELECT 1 AS one")
    engine.dispose()
    refused = run(database, loading(snapshot), history=HISTORY)
    assert refused.code == 2
    assert "is not empty: it has view v" in refused.text
    assert contents_of(database).keys() == {
        "v",
        "TRIGGERS",
        "PROCEDURE STATUS WHERE Db = DATABASE()",
    }


def test_without_rows(database: sa.URL, snapshot: Snapshot) -> None:
    assert run(database, loading(snapshot, rows=False), history=HISTORY).code == 0
    found = contents_of(database)
    assert found["team: rows"] == []
    assert "b2" in str(found["alembic_version: rows"])


def test_another_server_than_the_snapshot_is_for(
    server_url: str, database: sa.URL, snapshot: Snapshot
) -> None:
    other = "mariadb 10.6" if servers.target_of(server_url).mysql else "mysql 9.7"
    header = replace(snapshot.header, target=Target.parse(other))
    refused = run(database, loading(replace(snapshot, header=header)), history=HISTORY)
    assert f"AP105 the revisions are written for {other}" in refused.text
