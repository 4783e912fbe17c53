"""Upgrades of real servers that are cut off, and converge."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from tests.support import servers
from tests.support.crashes import (
    HISTORY,
    CrashRuns,
    Cut,
    Outcome,
    contents,
    difference,
    down,
    dying_at,
    run,
    start,
    up,
)

CREATE = 'op.execute("CREATE TABLE t (id INT)")'
HOWS = ("before", "during", "kill")


@pytest.fixture(scope="module")
def laboratory(server_url: str) -> CrashRuns:
    found = CrashRuns(server_url)
    found.prepare()
    return found


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("part", range(6))
def test_a_cut_run_converges(laboratory: CrashRuns, direction: str, part: int) -> None:
    count = len(laboratory.messages[direction])
    cut = Cut(part * count // 6 + count // 12, HOWS[part % 3])
    assert laboratory.try_cut(direction, cut) == ""


# One statement of each kind that is settled in its own way.
KINDS = [
    ("up", "CREATE TABLE orders"),
    ("up", "ALTER TABLE users DROP COLUMN name"),
    ("up", "ALTER TABLE users RENAME TO people"),
    ("up", "DROP TABLE marks, members"),
    ("up", "CREATE TRIGGER"),
    ("up", "CREATE PROCEDURE"),
    ("up", "CALL add_one"),
    ("up", "CREATE OR REPLACE VIEW"),
    ("down", "TRUNCATE"),
    ("down", "RENAME TABLE marks"),
]


@pytest.mark.parametrize(("direction", "text"), KINDS, ids=[text for _, text in KINDS])
def test_a_statement_that_nobody_saw_end(laboratory: CrashRuns, direction: str, text: str) -> None:
    messages = laboratory.messages[direction]
    plain = [re.sub(r" ALGORITHM=\w+,( LOCK=NONE,)?", "", message.strip()) for message in messages]
    number = max(n for n, message in enumerate(plain, 1) if message.startswith(text))
    assert laboratory.try_cut(direction, Cut(number, "during")) == ""


def test_plain_alembic_gives_the_same(laboratory: CrashRuns) -> None:
    from alembic import command

    with servers.database(laboratory.server_url) as url:
        done = run(url, lambda config: command.upgrade(config, "head"))
        assert done.code == 0, done.text
        plain = contents(url)
    mine = dict(laboratory.expected["up"])
    for found in (plain, mine):
        del found["alembic_version"], found["alembic_version: rows"]
    assert difference(plain, mine) == ""


def test_eight_deployers_at_once(laboratory: CrashRuns) -> None:
    with servers.database(laboratory.server_url) as url:
        running = [start(url, up) for _ in range(8)]
        outcomes = [one.wait() for one in running]
        assert [outcome.code for outcome in outcomes] == [0] * 8, outcomes
        assert difference(laboratory.expected["up"], contents(url)) == ""


def test_a_signal_says_what_it_leaves(server_url: str, tmp_path: Path) -> None:
    history = write_history(
        tmp_path, 'op.execute("CREATE TABLE t (id INT)")', "op.execute('DO SLEEP(30)')"
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        with servers.database(server_url) as url:
            running = start(url, up, history=history)
            wait_until(url, "DO SLEEP(30)")
            os.kill(running.pid, number)
            outcome = running.wait()
            assert outcome.code == 130, outcome
            assert "AP130" in outcome.text
            assert "DO SLEEP(30)" in outcome.text
            assert "To stop it: KILL " in outcome.text


def test_a_signal_during_an_alter(server_url: str, tmp_path: Path) -> None:
    history = write_history(tmp_path, CREATE, "op.execute('ALTER TABLE t ADD x INT')")
    with servers.database(server_url) as url:
        assert run(url, lambda config: apply.upgrade(config, "+1"), history=history).code == 0
        engine = sa.create_engine(url)
        with engine.connect() as reader:
            reader.exec_driver_sql("SELECT * FROM t")  # which the ALTER waits for
            running = start(url, up, history=history)
            wait_until(url, "ALTER TABLE t %")
            os.kill(running.pid, signal.SIGINT)
            outcome = running.wait()
        engine.dispose()
        assert outcome.code == 130, outcome
        assert "AP130 Ctrl-C: stopped in revision " in outcome.text
        assert run(url, up, history=history).code == 0


def test_the_holder_of_the_lock_is_named(server_url: str, tmp_path: Path) -> None:
    history = write_history(
        tmp_path, 'op.execute("CREATE TABLE t (id INT)")', "op.execute('DO SLEEP(30)')"
    )
    with servers.database(server_url) as url:
        running = start(url, up, history=history)
        wait_until(url, "DO SLEEP(30)")

        def impatient(config: Config) -> None:
            apply.upgrade(config, "head", options=apply.Options(lock_timeout=1))

        def look(config: Config) -> None:
            deployer = apply.status(config).deployer
            assert deployer is not None
            assert deployer.at_work

        looked = run(url, look, history=history)
        assert looked.code == 0, looked.text
        refused = run(url, impatient, history=history)
        assert refused.code == 2
        assert "AP101 another deployer holds the lock on this database: connection " in refused.text
        assert f"(process {running.pid}) since 2" in refused.text
        assert "running DO SLEEP(30)" in refused.text
        os.kill(running.pid, signal.SIGKILL)
        running.wait()


def write_history(folder: Path, *upgrades: str) -> Path:
    """A history with one revision for each line of code."""
    versions = folder / "versions"
    versions.mkdir(exist_ok=True)
    (folder / "env.py").write_text((HISTORY / "env.py").read_text())
    for number, code in enumerate(upgrades, 1):
        parent = repr(f"r{number - 1}") if number > 1 else None
        (versions / f"r{number}.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f'revision, down_revision = "r{number}", {parent}\n\n'
            f"def upgrade():\n    {code}\n\ndef downgrade():\n    pass\n"
        )
    return folder


def wait_until(url: sa.URL, text: str, *, runs: bool = True) -> None:
    """Until a statement runs on the server."""
    engine = sa.create_engine(url)
    deadline = time.monotonic() + 20
    query = sa.text(
        "SELECT COUNT(*) FROM information_schema.processlist"
        " WHERE info LIKE :text AND db = DATABASE()"
    )
    with engine.connect() as connection:
        while bool(connection.execute(query, {"text": text}).scalar()) is not runs:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    engine.dispose()


def wait_until_gone(url: sa.URL, text: str) -> None:
    """Until no such statement runs any more."""
    wait_until(url, text, runs=False)


def attempt(url: sa.URL, history: Path, command: Callable[[Config], None] = up) -> Outcome:
    return run(url, command, history=history)


def test_rows_of_tables_without_transactions(server_url: str, tmp_path: Path) -> None:
    """Done once if nobody was cut off there; else a person is asked."""
    history = write_history(
        tmp_path,
        'op.execute("CREATE TABLE m (id INT) ENGINE=MyISAM")',
        "op.execute('INSERT INTO m VALUES (1)')\n    op.execute('ALTER TABLE m ADD COLUMN a INT')"
        "\n    op.execute('INSERT INTO m VALUES (2, 2)')",
    )
    with servers.database(server_url) as url:
        done = run(url, up, history=history)
        messages = done.text.split("\0")
    insert = messages.index("INSERT INTO m VALUES (2, 2)") + 1
    for cut, code in ((Cut(insert, "before"), 0), (Cut(insert, "during"), 2)):
        with servers.database(server_url) as url:
            run(url, up, cut, history)
            again = run(url, up, history=history)
            assert again.code == code, again.text
            if code:
                assert "AP203" in again.text
                assert "the table is not transactional" in again.text
            else:
                assert contents(url)["m: rows"] == ["(1, None)", "(2, 2)"]


def test_preflight(server_url: str, tmp_path: Path) -> None:
    history = write_history(tmp_path, CREATE)
    env = (history / "env.py").read_text()
    connect = "with engine.connect() as connection:\n"
    lax = "    connection.connection.cursor().execute(\"SET sql_mode = ''\")\n"
    with servers.database(server_url) as url:
        (history / "env.py").write_text(env.replace(connect, connect + lax))
        refused = run(url, up, history=history)
        assert refused.code == 2
        assert refused.text.startswith("AP103 sql_mode is not strict")
        (history / "env.py").write_text(env)
        away = run(url.set(port=1), up, history=history)
        assert away.code == 2
        assert away.text.startswith("AP102 the database does not answer: 2003 ")
        assert run(url, up, history=history).code == 0


def test_a_time_limit_of_the_server(server_url: str, tmp_path: Path) -> None:
    """It would end a long ALTER, and that of each resume again. Afterwards it holds again."""
    if not servers.target_of(server_url).mariadb:
        pytest.skip("MySQL limits SELECT alone")
    history = write_history(tmp_path, "op.execute('DO SLEEP(0.6)')")
    env = (history / "env.py").read_text()
    connect = "with engine.connect() as connection:\n"
    limit = "    connection.connection.cursor().execute('SET max_statement_time = 0.2')\n"
    told = "    assert connection.exec_driver_sql('SELECT @@max_statement_time').scalar() == 0.2\n"
    (history / "env.py").write_text(env.replace(connect, connect + limit) + told)
    with servers.database(server_url) as url:
        done = run(url, up, history=history)
        assert done.code == 0, done.text


def test_a_long_transaction_is_noticed(server_url: str, tmp_path: Path) -> None:
    history = write_history(tmp_path, CREATE)
    with servers.database(server_url) as url:
        engine = sa.create_engine(url)
        with engine.connect() as other:
            other.exec_driver_sql("CREATE TABLE u (id INT)")
            other.exec_driver_sql("INSERT INTO u VALUES (1)")
            time.sleep(2.1)

            def watched(config: Config) -> None:
                heard: list[apply.events.Event] = []
                options = apply.Options(long_transaction=1)
                apply.upgrade(config, listener=heard.append, options=options)
                noticed = [one.finding for one in heard if isinstance(one, apply.events.Noticed)]
                assert any("has had a transaction open" in one.what for one in noticed), heard

            done = run(url, watched, history=history)
            assert done.code == 0, done.text
        engine.dispose()


def test_progress_of_a_long_statement(server_url: str, tmp_path: Path) -> None:
    history = write_history(tmp_path, "op.execute('DO SLEEP(4.5)')")
    with servers.database(server_url) as url:

        def watched(config: Config) -> None:
            heard: list[apply.events.Event] = []
            apply.upgrade(config, listener=heard.append)
            told = [one for one in heard if isinstance(one, apply.events.StatementProgress)]
            assert told, heard
            assert told[0].text == "DO SLEEP(4.5)"
            assert told[0].elapsed >= 2
            assert told[0].stage

        done = run(url, watched, history=history)
        assert done.code == 0, done.text


def test_only_the_last_statement_is_ever_in_doubt(server_url: str, tmp_path: Path) -> None:
    """When it has failed in order, nothing is: not the one before it either."""
    code = "op.execute('CREATE TABLE t (a INT)')\n    op.execute('ALTER TABLE t MODIFY a BIGINT')"
    history = write_history(tmp_path, code + "\n    op.execute('ALTER TABLE t DROP COLUMN x')")
    with servers.database(server_url) as url:
        failed = run(url, up, history=history)
        assert failed.code == 2
        assert "AP301 revision r1 failed: 1091" in failed.text

        def look(config: Config) -> None:
            found = apply.status(config).half_applied
            assert found is not None
            assert len(found.done) == 2
            assert found.in_doubt is None
            assert [one.state for one in apply.repair.inspect(config)[0].statements] == ["done"] * 2

        looked = run(url, look, history=history)
        assert looked.code == 0, looked.text


def test_a_version_table_that_was_moved(server_url: str, tmp_path: Path) -> None:
    """Past the half-applied revision: neither an upgrade nor a resume can go on from there."""
    wrong = "op.execute('ALTER TABLE t ADD COLUMN b INT')\n    op.execute('ALTER TABLE t DROP x')"
    history = write_history(tmp_path, CREATE, wrong)
    with servers.database(server_url) as url:
        assert "AP301 revision r2 failed" in run(url, up, history=history).text
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'r2'")
        engine.dispose()
        for command in (up, apply.resume, down):
            refused = run(url, command, history=history)
            assert refused.code == 2, refused.text
            assert "AP208 the upgrade of revision r2 is half-applied" in refused.text
            assert "the version table was moved to r2" in refused.text
            assert "set the version table back to r1 by SQL" in refused.text


def test_a_connection_lost_in_a_block_that_tidies_up(server_url: str, tmp_path: Path) -> None:
    """What is told is the loss, and not what the end of the block met because of it."""
    history = write_history(
        tmp_path,
        "with op.get_context().autocommit_block():\n"
        "        op.get_bind().connection.dbapi_connection._force_close()\n"
        "        op.execute('DO 1')",
    )
    with servers.database(server_url) as url:
        failed = run(url, up, history=history)
        assert failed.code == 2
        assert "PendingRollbackError" not in failed.text
        assert "r1.py:8: AP110 the connection was lost in revision r1: 0" in failed.text
        assert "DO 1" in failed.text


def test_async_engines(server_url: str, tmp_path: Path) -> None:
    for name in ("versions", "env.py"):
        (tmp_path / name).symlink_to(HISTORY / name)
    (tmp_path / "env.py").unlink()
    (tmp_path / "env.py").write_text(ASYNC_ENV)
    with servers.database(server_url) as url:
        asynchronous = url.set(drivername="mysql+aiomysql")
        for command in (up, down, up):
            done = run(asynchronous, command, history=tmp_path)
            assert done.code == 0, done.text
        expected = contents(url)
    with servers.database(server_url) as url:
        asynchronous = url.set(drivername="mysql+aiomysql")
        for number in (20, 30, 40):
            killed = run(asynchronous, dying_at(number), history=tmp_path)
            assert killed.code == -9, killed.text
        assert run(asynchronous, up, history=tmp_path).code == 0
        assert run(asynchronous, down, history=tmp_path).code == 0
        assert run(asynchronous, up, history=tmp_path).code == 0
        assert difference(expected, contents(url)) == ""


ASYNC_ENV = """
import asyncio, os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def migrate(connection):
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(os.environ["CRASH_URL"])
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()

asyncio.run(main())
"""
