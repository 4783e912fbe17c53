"""A statement on rows that fails and ends its revision is tried again by the next run."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from tests.support.crashes import Command, Outcome, contents, run, up, write_history
from tests.support.servers import execute

CREATE = """\
    op.execute("CREATE TABLE t (id INT PRIMARY KEY, n TINYINT NOT NULL)")
    op.execute("INSERT INTO t VALUES (1, 1), (2, 2), (3, 126)")
"""
FORMS = {
    "a batch": 'batches.update("t", "WHAT", size=2)',
    "an autocommit block": """with op.get_context().autocommit_block():
        op.execute("UPDATE t SET WHAT")""",
    "a plain statement": 'op.execute("UPDATE t SET WHAT")',
    "a block that tidies up": """with op.get_context().autocommit_block():
        op.execute("SET @before = 1")
        try:
            op.execute("UPDATE t SET WHAT")
        finally:
            op.execute("SET @before = NULL")""",
}
LOCK = "SET SESSION innodb_lock_wait_timeout = 1"


def history(folder: Path, *lines: str) -> Path:
    """A revision that makes a table with rows, and one that changes them."""
    changes = "\n    ".join(("from stillroom import batches", *lines))
    return write_history(folder, CREATE, changes, ids=("a1", "a2"))


def rows(url: sa.URL) -> list[str]:
    found: list[str] = contents(url)["t: rows"]
    return found


def limited(seconds: float) -> Command:
    def command(config: Config) -> None:
        apply.upgrade(config, "head", options=apply.Options(lock_limit=seconds))

    return command


def begin(url: sa.URL, folder: Path) -> None:
    done = run(url, lambda config: apply.upgrade(config, "a1"), history=folder)
    assert done.code == 0, done.text


@pytest.mark.parametrize("form", FORMS)
def test_out_of_range(url: sa.URL, tmp_path: Path, form: str) -> None:
    """1264, whose cause is mended by hand: the next run goes on."""
    folder = history(tmp_path, "op.execute('ALTER TABLE t ADD COLUMN late INT')",
                     FORMS[form].replace("WHAT", "n = n + 2"))  # fmt: skip
    begin(url, folder)
    for _ in range(2):
        failed = run(url, up, history=folder)
        assert failed.code == 2
        assert "1264" in failed.text, failed.text
    execute(url, "UPDATE t SET n = 10 WHERE id = 3")
    again = run(url, up, history=folder)
    assert again.code == 0, again.text
    assert rows(url) == ["(1, 3, None)", "(2, 4, None)", "(3, 12, None)"]


@pytest.mark.parametrize("form", ["an autocommit block", "a plain statement"])
def test_a_duplicate(url: sa.URL, tmp_path: Path, form: str) -> None:
    line = FORMS[form].replace("UPDATE t SET WHAT", "INSERT INTO t VALUES (4, 4), (5, 5)")
    folder = history(tmp_path, "op.execute('ALTER TABLE t ADD COLUMN late INT DEFAULT 1')",
                     line.replace(" VALUES", " (id, n) VALUES"))  # fmt: skip
    begin(url, folder)
    execute(url, "INSERT INTO t VALUES (5, 0)")
    for command in (up, apply.resume):
        failed = run(url, command, history=folder)
        assert "1062" in failed.text, failed.text
    execute(url, "DELETE FROM t WHERE id = 5")
    again = run(url, apply.resume, history=folder)
    assert again.code == 0, again.text
    assert len(rows(url)) == 5


@pytest.mark.parametrize("form", FORMS)
def test_rows_that_others_hold(url: sa.URL, tmp_path: Path, form: str) -> None:
    """1205: a batch is tried again until the limit; the next run asks the server again."""
    folder = history(tmp_path, f"op.execute('{LOCK}')",
                     "op.execute('ALTER TABLE t ADD COLUMN late INT')",
                     "op.execute('DO SLEEP(0.5)')",
                     FORMS[form].replace("WHAT", "n = 0"))  # fmt: skip
    begin(url, folder)
    failed = _while_held(url, folder, limited(2))
    assert "1205" in failed.text, failed.text
    assert "There is nothing to correct: run the same command again" in failed.text
    again = run(url, up, history=folder)
    assert again.code == 0, again.text
    assert rows(url) == ["(1, 0, None)", "(2, 0, None)", "(3, 0, None)"]


def _while_held(url: sa.URL, folder: Path, command: Command) -> Outcome:
    """Run a command while another session holds the rows, from when it has altered the table."""
    engine = sa.create_engine(url)
    over = threading.Event()

    def hold() -> None:
        with engine.connect() as other:
            while not over.wait(0.02):
                names = {column["name"] for column in sa.inspect(other).get_columns("t")}
                other.rollback()
                if "late" in names:
                    other.exec_driver_sql("SELECT * FROM t FOR UPDATE")
                    over.wait()
                    other.rollback()
                    return

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        return run(url, command, history=folder)
    finally:
        over.set()
        holder.join()
        engine.dispose()


def test_a_batch_waits_for_rows(url: sa.URL, tmp_path: Path) -> None:
    """And goes on when they are free; each row is changed once."""
    folder = history(tmp_path, f"op.execute('{LOCK}')",
                     'batches.update("t", "n = n + 1", size=1)')  # fmt: skip
    begin(url, folder)
    engine = sa.create_engine(url)
    with engine.connect() as other:
        other.exec_driver_sql("SELECT * FROM t WHERE id = 2 FOR UPDATE")
        free = threading.Timer(2.5, other.rollback)
        free.start()
        done = run(url, up, history=folder)
        free.join()
    engine.dispose()
    assert done.code == 0, done.text
    assert rows(url) == ["(1, 2)", "(2, 3)", "(3, 127)"]


def test_a_failure_that_the_revision_caught_is_its_story(url: sa.URL, tmp_path: Path) -> None:
    """It went on from it: a rerun meets it again, though its cause is gone."""
    folder = history(
        tmp_path,
        "try:",
        "    with op.get_context().autocommit_block():",
        "        op.execute('UPDATE t SET n = n + 2')",
        "except sa.exc.DBAPIError:",
        "    op.execute('ALTER TABLE t ADD COLUMN late INT')",
        "op.execute('ALTER TABLE t DROP COLUMN missing')",
    )
    begin(url, folder)
    assert "1091" in run(url, up, history=folder).text
    execute(url, "UPDATE t SET n = 10 WHERE id = 3", "ALTER TABLE t ADD COLUMN missing INT")
    again = run(url, up, history=folder)
    assert again.code == 0, again.text
    assert rows(url) == ["(1, 1, None)", "(2, 2, None)", "(3, 10, None)"]


def test_a_first_statement_that_fails_leaves_nothing(url: sa.URL, tmp_path: Path) -> None:
    """Nothing is half-applied then: an edit is taken as it is, and a downgrade may run."""
    folder = history(tmp_path, "op.execute('ALTER TABLE t DROP COLUMN missing')")
    begin(url, folder)
    failed = run(url, up, history=folder)
    assert "AP301" in failed.text
    assert "Nothing of this revision was kept" in failed.text
    assert "stillroom_journal" not in contents(url)

    def look(config: Config) -> None:
        assert apply.status(config).half_applied is None

    assert run(url, look, history=folder).code == 0
    history(tmp_path, "op.execute('UPDATE t SET n = 5')",
            "op.execute('ALTER TABLE t ADD COLUMN late INT')")  # fmt: skip
    again = run(url, up, history=folder)
    assert again.code == 0, again.text
    assert rows(url) == ["(1, 5, None)", "(2, 5, None)", "(3, 5, None)"]
