"""Statements about tables that a revision has made: written down together, and cut off anywhere."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from tests.server.apply.test_crashes import wait_until, wait_until_gone, write_history
from tests.support import servers
from tests.support.crashes import CrashRuns, Cut, contents, run, start, up

DDL = ("CRE", "ALT")
SERIES = [
    'op.create_table("a", sa.Column("id", sa.Integer, primary_key=True))',
    'op.create_table("b", sa.Column("id", sa.Integer), sa.Column("a", sa.Integer))',
    'op.add_column("b", sa.Column("name", sa.String(40)))',
    'op.create_index("ix_b_name", "b", ["name"])',
    'op.create_foreign_key("fk_b_a", "b", "a", ["a"], ["id"])',
    'op.alter_column("b", "name", existing_type=sa.String(40), nullable=False)',
    'op.create_index("fk_b_a", "b", ["a", "name"])',  # in place of the one that the key has made
    'op.create_unique_constraint("uq_b_name", "b", ["name"])',
]


def _laboratory(server_url: str, folder: Path, *lines: str) -> CrashRuns:
    found = CrashRuns(server_url, write_history(folder, "\n    ".join(lines)))
    found.prepare()
    return found


def _sent(messages: list[str], start: str) -> int:
    """The number of the first message that begins so."""
    return next(n for n, text in enumerate(messages, 1) if text.lstrip().startswith(start))


def test_a_series_is_written_down_at_once(server_url: str, tmp_path: Path) -> None:
    messages = _laboratory(server_url, tmp_path, *SERIES).messages["up"]
    lines = [text for text in messages if text.startswith("INSERT INTO") and "journal" in text]
    assert len(lines) == 2, lines  # the deployer's, and that of all statements


def test_a_series_converges_from_each_of_its_statements(server_url: str, tmp_path: Path) -> None:
    laboratory = _laboratory(server_url, tmp_path, *SERIES)
    messages = laboratory.messages["up"]
    first = _sent(messages, "CREATE TABLE a") - 1  # its line of the journal
    ours = [n for n in range(first, len(messages)) if messages[n - 1].lstrip()[:3] in DDL]
    assert len(ours) > len(SERIES)
    for number in [first, *ours]:
        how = ("before", "during", "kill")[number % 3]
        assert laboratory.try_cut("up", Cut(number, how)) == "", (how, messages[number - 1])


def test_a_statement_of_a_series_that_fails(server_url: str, tmp_path: Path) -> None:
    """The ones before it are done, those behind it were never sent, and none is in doubt."""
    wrong = 'op.create_foreign_key("fk_b_c", "b", "c", ["a"], ["id"])'
    history = write_history(tmp_path, "\n    ".join([*SERIES[:3], wrong, *SERIES[3:]]))
    with servers.database(server_url) as url:
        failed = run(url, up, history=history)
        assert failed.code == 2
        assert "r1.py:9: AP301 revision r1 failed: " in failed.text

        def look(config: Config) -> None:
            found = apply.status(config).half_applied
            assert found is not None
            assert (len(found.done), found.in_doubt) == (3, None)

        looked = run(url, look, history=history)
        assert looked.code == 0, looked.text
        write_history(tmp_path, "\n    ".join(SERIES))

        def accept(config: Config) -> None:
            apply.repair.decide(config, accept_edit=True)
            apply.upgrade(config)

        done = run(url, accept, history=history)
        assert done.code == 0, done.text


def test_status_and_repair_show_what_is_in_doubt(server_url: str, tmp_path: Path) -> None:
    laboratory = _laboratory(server_url, tmp_path, *SERIES)
    messages = laboratory.messages["up"]
    cut = _sent(messages, "ALTER TABLE b")
    with servers.database(server_url) as url:
        assert run(url, up, Cut(cut, "before"), laboratory.history).code == -9

        def look(config: Config) -> None:
            found = apply.status(config).half_applied
            assert found is not None
            assert found.done == ()
            assert len(found.doubtful) == len(SERIES)
            (shown,) = apply.repair.inspect(config)
            assert {one.state for one in shown.statements} == {"in doubt"}
            heard: list[apply.events.Event] = []
            apply.upgrade(config, listener=heard.append)
            (resumed,) = [one for one in heard if isinstance(one, apply.events.Resumed)]
            assert (resumed.done, resumed.verdict) == (2, "not done")
            assert "ADD COLUMN" in str(resumed.in_doubt)

        looked = run(url, look, history=laboratory.history)
        assert looked.code == 0, looked.text


def test_quotes_of_another_kind(server_url: str, tmp_path: Path) -> None:
    """The names that tell what is done stand in double quotes, then."""
    history = write_history(tmp_path, "\n    ".join(SERIES))
    connect = "with engine.connect() as connection:\n"
    mode = "\"SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')\""
    ansi = f"    connection.connection.cursor().execute({mode})\n"
    env = (history / "env.py").read_text()
    assert connect in env
    (history / "env.py").write_text(env.replace(connect, connect + ansi))
    laboratory = CrashRuns(server_url, history)
    laboratory.prepare()
    for start_of_text in ("CREATE INDEX ix", "ALTER TABLE b ADD CONSTRAINT fk"):
        cut = Cut(_sent(laboratory.messages["up"], start_of_text), "during")
        assert laboratory.try_cut("up", cut) == ""


def test_a_table_that_was_there_is_not_taken_for_ours(server_url: str, tmp_path: Path) -> None:
    history = write_history(tmp_path, "\n    ".join(SERIES))
    with servers.database(server_url) as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE b (id INT)")
        for _ in range(2):
            run(url, up, Cut(11, "before"), history)
            refused = run(url, up, history=history)
            assert refused.code == 2
            assert "1050" in refused.text


def test_a_temporary_table_before_ddl(server_url: str, tmp_path: Path) -> None:
    """What is kept of it does not make the statement behind it look done."""
    history = write_history(
        tmp_path,
        'op.execute("CREATE TABLE t AS SELECT 1 AS a")',
        'op.execute("CREATE TEMPORARY TABLE x AS SELECT 2 AS a")'
        '\n    op.execute("ALTER TABLE t ADD COLUMN b INT")'
        '\n    op.execute("INSERT INTO t SELECT a, a FROM x")',
    )
    with servers.database(server_url) as url:
        assert run(url, lambda config: apply.upgrade(config, "r1"), history=history).code == 0
        engine = sa.create_engine(url)
        with engine.connect() as reader:
            reader.exec_driver_sql("SELECT * FROM t")  # which the ALTER waits for
            running = start(url, up, history=history)
            wait_until(url, "ALTER TABLE t %")
            os.kill(running.pid, signal.SIGKILL)
            running.wait()
            wait_until_gone(url, "ALTER TABLE t %")
        engine.dispose()
        again = run(url, up, history=history)
        assert again.code == 0, again.text
        assert contents(url)["t: rows"] == ["(1, None)", "(2, 2)"]


def test_what_goes_past_the_engine_finds_all(server_url: str, tmp_path: Path) -> None:
    """A program, and a connection of the revision's own: of what was asked for until then."""
    count = "'SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()'"
    program = (
        "import os, pymysql, sqlalchemy as sa; url = sa.make_url(os.environ['CRASH_URL']);"
        " own = pymysql.connect(host=url.host, port=url.port, user=url.username,"
        " password=url.password or '', database=url.database); cursor = own.cursor();"
        f" cursor.execute({count}); print(cursor.fetchone()[0])"
    )
    history = write_history(
        tmp_path,
        f"""op.execute("CREATE TABLE a (id INT)")
    exec({program!r}, found := {{"print": lambda number: found.update(number=number)}})
    op.execute("CREATE TABLE b (id INT)")
    import subprocess, sys
    seen = int(subprocess.check_output([sys.executable, "-c", {program!r}]))
    assert (found["number"], seen) == (3, 4), (found["number"], seen)""",
    )
    with servers.database(server_url) as url:
        done = run(url, up, history=history)
        assert done.code == 0, done.text
