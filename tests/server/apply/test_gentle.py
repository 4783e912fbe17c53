"""Statements that wait for a second only, and that keep nobody out of a large table."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from tests.support import servers
from tests.support.crashes import Outcome, run
from tests.support.generators.large import fill, history

COPY = 'op.alter_column("large", "number", existing_type=sa.Integer, type_=sa.String(20))'
ADD = 'op.add_column("large", sa.Column("more", sa.Integer))'


@pytest.fixture
def url(server_url: str) -> Iterator[sa.URL]:
    with servers.database(server_url) as found:
        fill(found, 40)
        yield found


def upgrade(url: sa.URL, folder: Path, **options: object) -> Outcome:
    chosen = apply.Options(**options)  # type: ignore[arg-type]

    def command(config: Config) -> None:
        apply.upgrade(config, "head", options=chosen)

    return run(url, command, history=folder)


def value(url: sa.URL, query: str) -> object:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(query).scalar()
    engine.dispose()
    return found


@contextmanager
def held(url: sa.URL, seconds: float) -> Iterator[None]:
    """Somebody's transaction, which has read the table."""
    engine = sa.create_engine(url)
    begun = threading.Event()

    def hold() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT COUNT(*) FROM large")
            begun.set()
            time.sleep(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        thread.join()
        engine.dispose()


def is_mariadb_11(url: sa.URL) -> bool:
    return str(value(url, "SELECT VERSION()")).startswith("11.")


def test_what_the_revision_has_made_is_altered_at_once(url: sa.URL, tmp_path: Path) -> None:
    """Nobody else knows that table, so that it may be copied however many rows it has."""
    folder = history(
        tmp_path,
        'op.create_table("own", sa.Column("number", sa.Integer))',
        'op.execute("INSERT INTO own SELECT number FROM large")',
        COPY.replace("large", "own"),
    )
    done = upgrade(url, folder, max_blocking_rows=39)
    assert done.code == 0, done.text
    assert value(url, "SELECT COUNT(*) FROM own WHERE LEFT(number, 1) = '3'") == 11


def test_a_copy_of_a_large_table_is_refused(url: sa.URL, tmp_path: Path) -> None:
    folder = history(tmp_path, ADD, COPY)
    refused = upgrade(url, folder, max_blocking_rows=39)
    if is_mariadb_11(url):  # which copies while others write
        assert refused.code == 0
        return
    assert refused.code == 2
    assert refused.text.startswith(f"{folder}/versions/r1.py:8: AP401 ")
    assert (
        "AP401 this statement would block writes to large, which has more than 39 rows"
        in refused.text
    )
    assert "ALLOW_LOCK=1 make upgrade" in refused.text
    # What came before it is done, and the journal knows that this is not.
    assert "more" in str(
        value(
            url,
            "SELECT GROUP_CONCAT(column_name) FROM information_schema"
            ".columns WHERE table_schema = DATABASE() AND table_name = 'large'",
        )
    )
    assert value(url, "SELECT COUNT(*) FROM stillroom_journal WHERE kind = 'ddl'") == 1
    assert upgrade(url, folder, max_blocking_rows=39, allow_lock=True).code == 0


def test_as_many_rows_as_may_be_blocked(url: sa.URL, tmp_path: Path) -> None:
    assert upgrade(url, history(tmp_path, COPY), max_blocking_rows=40).code == 0


def test_a_percent_in_a_name_is_no_placeholder(url: sa.URL, tmp_path: Path) -> None:
    renamed = 'op.rename_table("large", "50% of")'
    lines = [line.replace("large", "50% of") for line in (ADD, COPY)]
    done = upgrade(url, history(tmp_path, renamed, *lines), max_blocking_rows=40)
    assert done.code == 0, done.text


@pytest.mark.parametrize(
    "line",
    [
        ADD,
        'op.create_index("ix", "large", ["number"])',
        'op.execute("ALTER TABLE large ADD INDEX ix (number), ALGORITHM=INPLACE, LOCK=NONE")',
        'op.create_index("ix", "large", ["code"]); op.drop_index("ix", "large")',
        'op.alter_column("large", "number", existing_type=sa.Integer, nullable=False)',
        'op.alter_column("large", "number", existing_type=sa.Integer, new_column_name="count")',
    ],
)
def test_what_keeps_nobody_out_is_never_refused(url: sa.URL, tmp_path: Path, line: str) -> None:
    done = upgrade(url, history(tmp_path, line), max_blocking_rows=0)
    assert done.code == 0, done.text


def test_it_waits_by_short_attempts(url: sa.URL, tmp_path: Path) -> None:
    with held(url, 2.5):
        began = time.monotonic()
        done = upgrade(url, history(tmp_path, ADD))
        assert done.code == 0, done.text
        assert time.monotonic() - began > 2


def test_it_does_not_wait_for_its_own_transaction(url: sa.URL, tmp_path: Path) -> None:
    """No other could end it: neither that of another connection, nor Alembic's."""
    opens = "other = op.get_bind().engine.connect()"
    reads = '.exec_driver_sql("SELECT * FROM large LIMIT 1").all()'
    alter = 'exec_driver_sql("ALTER TABLE large ADD COLUMN more INT")'
    lines = [f"{opens}; other{reads}; {ADD}", f"op.get_bind(){reads}; {opens}; other.{alter}"]
    for number, line in enumerate(lines):
        folder = history(tmp_path / str(number), line)
        refused = upgrade(url, folder, lock_limit=20)
        assert f"{folder}/versions/r1.py:7: AP402 this statement would wait for" in refused.text


def test_it_gives_up_and_has_done_nothing(url: sa.URL, tmp_path: Path) -> None:
    folder = history(tmp_path, ADD)
    with held(url, 4):
        gave_up = upgrade(url, folder, lock_limit=1)
    assert gave_up.code == 2
    assert gave_up.text.startswith(f"{folder}/versions/r1.py:7: AP402 ")
    assert "AP402 gave up after" in gave_up.text
    assert "because other sessions are using the table" in gave_up.text
    assert "this statement has changed nothing" in gave_up.text
    assert "KILL " in gave_up.text
    again = upgrade(url, folder)
    assert again.code == 0, again.text


def test_other_statements_keep_the_patience_of_the_session(url: sa.URL, tmp_path: Path) -> None:
    ask = 'op.get_bind().execute(sa.text("SELECT @@lock_wait_timeout")).scalar()'
    folder = history(tmp_path, ADD, f"assert {ask} > 10", COPY, f"assert {ask} > 10")
    done = upgrade(url, folder)
    assert done.code == 0, done.text
