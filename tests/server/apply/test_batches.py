"""Changes in batches: each row once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from stillroom import apply
from stillroom.apply.events import BatchPaused, Event
from tests.support import servers
from tests.support.crashes import Cut, contents, run, up
from tests.support.generators.large import fill, history

COUNT = 'batches.update("large", "number = number + 1", where="id <> 7", size=10)'
PAIRS = (
    'op.execute("CREATE TABLE pairs (a INT, b CHAR(3), n INT DEFAULT 0, PRIMARY KEY (a, b))")',
    'rows = ", ".join(f"({a}, \'{b:03}\', 0)" for a in range(7) for b in range(9))',
    'op.execute(f"INSERT INTO pairs VALUES {rows}")',
    'batches.update("pairs", "n = n + 1", size=4)',
    'batches.delete("pairs", "b = :b", {"b": "005"}, size=5)',
)


@pytest.fixture
def url(server_url: str) -> Iterator[sa.URL]:
    with servers.database(server_url) as found:
        fill(found, 95)
        yield found


def work(folder: Path, *lines: str) -> Path:
    return history(folder, "from stillroom import batches", *lines)


def rows(url: sa.URL, query: str) -> list[tuple[object, ...]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(query)]
    engine.dispose()
    return found


def check_count(url: sa.URL) -> None:
    """Every row has been changed once, but for the one that was left out."""
    wrong = "SELECT id, number FROM large WHERE number <> id - (id = 7)"
    assert rows(url, wrong) == []


def test_each_row_once(url: sa.URL, tmp_path: Path) -> None:
    done = run(url, up, history=work(tmp_path, COUNT))
    assert done.code == 0, done.text
    check_count(url)
    assert done.text.count("UPDATE large SET") == 2 * 10  # and its line of the journal
    assert done.text.count("COMMIT") >= 10


def test_plain_alembic_does_the_same(url: sa.URL, tmp_path: Path) -> None:
    done = run(url, lambda config: command.upgrade(config, "head"), history=work(tmp_path, COUNT))
    assert done.code == 0, done.text
    check_count(url)


def test_keys_of_several_columns(url: sa.URL, tmp_path: Path) -> None:
    done = run(url, up, history=work(tmp_path, *PAIRS))
    assert done.code == 0, done.text
    assert rows(url, "SELECT COUNT(*), MIN(n), MAX(n) FROM pairs") == [(56, 1, 1)]


@pytest.mark.parametrize(
    ("how", "batch"), [("before", 1), ("before", 5), ("during", 1), ("during", 10), ("kill", 6)]
)
def test_cut_off_in_a_batch(url: sa.URL, tmp_path: Path, how: str, batch: int) -> None:
    folder = work(tmp_path, COUNT)
    with servers.database(url.set(database="").render_as_string(hide_password=False)) as other:
        fill(other, 95)
        messages = run(other, up, history=folder).text.split("\0")
    updates = [n for n, text in enumerate(messages, 1) if text.startswith("UPDATE large")]
    assert run(url, up, Cut(updates[batch - 1], how), folder).code != 0
    again = run(url, up, history=folder)
    assert again.code == 0, again.text
    check_count(url)
    assert "stillroom_journal" not in contents(url)


def test_a_busy_server_is_waited_for(url: sa.URL, tmp_path: Path) -> None:
    heard: list[Event] = []
    # The statement that asks is one of those that run.
    options = apply.Options(max_load=0.5, pause_limit=1.5)  # type: ignore[arg-type]

    def command(config: Config) -> None:
        try:
            apply.upgrade(config, "head", listener=heard.append, options=options)
        finally:
            for event in heard:
                if isinstance(event, BatchPaused):
                    print(event.reason)

    stopped = run(url, command, history=work(tmp_path, COUNT))
    assert stopped.code == 2
    assert "AP403 gave up after" in stopped.text
    assert "the statements before it are done and stay done" in stopped.text
    assert run(url, up, history=tmp_path).code == 0
    check_count(url)


def test_a_replica_that_does_not_replicate(url: sa.URL, tmp_path: Path) -> None:
    given = url.render_as_string(hide_password=False)
    options = apply.Options(replicas=(given,), pause_limit=0.5)
    stopped = run(
        url, lambda config: apply.upgrade(config, "head", options=options),
        history=work(tmp_path, COUNT),
    )  # fmt: skip
    assert f"replica {url.host}:{url.port} does not replicate" in stopped.text
    gone = apply.Options(replicas=(given.replace(str(url.port), "1"),))
    stopped = run(url, lambda config: apply.upgrade(config, "head", options=gone), history=tmp_path)
    assert "no server answers" in stopped.text


def test_a_table_without_a_primary_key(url: sa.URL, tmp_path: Path) -> None:
    line = 'op.execute("CREATE TABLE bare (id INT)"); batches.update("bare", "id = 1")'
    refused = run(url, up, history=work(tmp_path, line))
    assert (
        "ValueError: bare has no primary key, which batches need to go through it" in refused.text
    )


ODD = "50% `off`: a:b"


def test_names_that_need_care(url: sa.URL, tmp_path: Path) -> None:
    """Percent signs, backticks and colons in a table's name and in its key."""
    table = ODD.replace("`", "``")
    create = f"CREATE TABLE `{table}` (`k% :``` INT PRIMARY KEY, n INT)".replace("%", "%%")
    fill = f"INSERT INTO `{table}` VALUES (1, 0), (2, 0), (3, 0)".replace("%", "%%")
    folder = work(
        tmp_path,
        f"op.get_bind().exec_driver_sql({create!r})",
        f"op.get_bind().exec_driver_sql({fill!r})",
        f'batches.update({ODD!r}, "n = n + 1", size=1)',
        f'batches.delete({ODD!r}, "n = :n", {{"n": 5}}, size=2)',
    )
    done = run(url, up, history=folder)
    assert done.code == 0, done.text
    assert rows(url, f"SELECT COUNT(*), MIN(n), MAX(n) FROM `{table}`".replace("%", "%%")) == [
        (3, 1, 1)
    ]
