"""What happens to an upgrade from outside: networks, settings, accounts, disks, a full server."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pymysql
import pytest
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from stillroom.apply.failures import failed, of_server
from tests.support import servers
from tests.support.crashes import (
    HISTORY,
    CrashRuns,
    Cut,
    contents,
    difference,
    run,
    start,
    up,
    write_history,
)
from tests.support.proxy import Disturbance, proxy_to
from tests.support.servers import execute

CREATE = "op.execute('CREATE TABLE t (id INT PRIMARY KEY, a INT)')"
LONG = """op.execute('ALTER TABLE t ADD COLUMN b INT')
    with op.get_bind().engine.connect() as other:
        other.exec_driver_sql('SELECT 1').all()
        {}.exec_driver_sql('DO SLEEP(30)')"""


@pytest.mark.parametrize(
    ("number", "which"), [(signal.SIGTERM, "other"), (signal.SIGINT, "op.get_bind()")]
)
def test_a_signal_on_half_open_connections(
    url: sa.URL, tmp_path: Path, number: int, which: str
) -> None:
    """The network has fallen silent: no answer will ever come, and the command ends."""
    folder = write_history(tmp_path, CREATE, LONG.format(which))
    assert url.port is not None
    with proxy_to(url.port) as proxy:
        running = start(url.set(port=proxy.port), up, history=folder)
        _wait_for(url, "DO SLEEP(30)")
        proxy.silent.set()
        os.kill(running.pid, number)
        outcome = running.wait(15)
    assert outcome.code == 130, outcome
    assert "AP130" in outcome.text


def test_a_connection_that_is_lost_before_the_lock(url: sa.URL, tmp_path: Path) -> None:
    """It is the network's fault, and not that of env.py."""
    folder = write_history(tmp_path, CREATE)
    assert url.port is not None
    for number in range(9, 21, 3):
        with proxy_to(url.port, Disturbance(number, "lost")) as proxy:
            failed = run(url.set(port=proxy.port), up, history=folder)
        assert failed.code == 2
        assert "AP110" in failed.text or "AP102" in failed.text, f"{number}: {failed.text}"


def _wait_for(url: sa.URL, text: str) -> None:
    engine = sa.create_engine(url)
    deadline = time.monotonic() + 60
    query = (
        "SELECT COUNT(*) FROM information_schema.processlist WHERE info = %s AND db = DATABASE()"
    )
    with engine.connect() as connection:
        while not connection.exec_driver_sql(query, (text,)).scalar():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    engine.dispose()


def test_names_without_quotes_between_cut_and_rerun(server_url: str, tmp_path: Path) -> None:
    """sql_quote_show_create=0, by env.py: what has happened is told all the same."""
    code = (
        "op.execute('ALTER TABLE t ADD COLUMN b INT')\n"
        "    op.execute('CREATE INDEX ix_a ON t (a)')\n"
        "    op.execute('DROP INDEX ix_a ON t')\n    op.execute('ALTER TABLE t DROP COLUMN b')"
    )
    folder = write_history(tmp_path, CREATE, code)
    laboratory = CrashRuns(server_url, folder)
    with servers.database(server_url) as url:
        whole = run(url, up, history=folder)
        assert whole.code == 0, whole.text
        laboratory.messages["up"] = whole.text.split("\0")
        expected = contents(url)
    env = (folder / "env.py").read_text()
    bare = 'connection.connection.cursor().execute("SET SESSION sql_quote_show_create = 0")'
    changes = ("ALTER TABLE t", "DROP INDEX", "CREATE INDEX")
    numbers = [n for n, text in enumerate(laboratory.messages["up"], 1) if text.startswith(changes)]
    for number in numbers:
        with servers.database(server_url) as url:
            (folder / "env.py").write_text(env)
            assert run(url, up, Cut(number, "during"), folder).code == -9
            _with_line(folder, bare)
            again = run(url, up, history=folder)
            assert again.code == 0, again.text
            assert difference(expected, contents(url)) == ""


@pytest.mark.parametrize("ansi_first", [False, True])
def test_a_guard_that_reflects_between_other_quotes(
    url: sa.URL, tmp_path: Path, ansi_first: bool
) -> None:
    """ANSI_QUOTES comes or goes between cut and rerun: the guard gets its old answer."""
    code = (
        "columns = {c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')}\n"
        "    if 'a' in columns and 'order' not in columns:\n"
        "        op.add_column('t', sa.Column('order', sa.Integer))\n"
        "    op.create_index('ix_order', 't', ['order'])\n"
        "    op.execute('ALTER TABLE t DROP COLUMN missing')"
    )
    folder = write_history(tmp_path, CREATE, code)
    mode = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')"
    ansi = url.update_query_dict({"init_command": mode})
    first, second = (ansi, url) if ansi_first else (url, ansi)
    assert "AP301" in run(first, up, history=folder).text
    execute(url, "ALTER TABLE t ADD COLUMN missing INT")
    again = run(second, up, history=folder)
    assert again.code == 0, again.text


def test_a_revision_that_prefers_names_without_quotes(url: sa.URL, tmp_path: Path) -> None:
    code = (
        "op.execute('SET SESSION sql_quote_show_create = 0')\n"
        "    op.execute('ALTER TABLE t MODIFY a BIGINT, ADD COLUMN b INT')\n"
        "    op.execute('ALTER TABLE t DROP COLUMN missing')"
    )
    folder = write_history(tmp_path, CREATE, code)
    assert "AP301" in run(url, up, history=folder).text
    execute(url, "ALTER TABLE t ADD COLUMN missing INT")
    again = run(url, up, history=folder)
    assert again.code == 0, again.text


def test_a_server_whose_transactions_refuse_to_overtake(url: sa.URL, tmp_path: Path) -> None:
    """innodb_snapshot_isolation, the default of MariaDB 11.8: lines of other connections stand."""
    tables = "".join(
        f"op.execute('CREATE TABLE t{n} (id INT AUTO_INCREMENT PRIMARY KEY, a INT)')\n    "
        for n in range(2)
    )
    folder = write_history(
        tmp_path, f"{tables}op.execute('INSERT INTO t0 (a) VALUES (1)')",
        "op.get_bind().exec_driver_sql('SELECT a FROM t0').all()\n"
        "    op.execute('UPDATE t0 SET a = a + 1')\n"
        "    op.execute('INSERT INTO t1 (a) SELECT a FROM t0')\n"
        "    op.execute('ALTER TABLE t1 ADD COLUMN b INT')",
    )  # fmt: skip
    _with_setting(url, folder, "innodb_snapshot_isolation")
    done = run(url, up, history=folder)
    assert done.code == 0, done.text
    assert contents(url)["t1: rows"] == ["(1, 2, None)"]


def _with_setting(url: sa.URL, folder: Path, name: str) -> None:
    """env.py, with a setting turned on for its session; a server that lacks it is left out."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        has_it = connection.exec_driver_sql(f"SHOW VARIABLES LIKE '{name}'").all()
    engine.dispose()
    if not has_it:
        pytest.skip("this server has no such setting")
    _with_line(folder, f'connection.connection.cursor().execute("SET {name} = 1")')


def _with_line(folder: Path, line: str) -> None:
    """env.py, with a line before it configures Alembic."""
    connect = "with engine.connect() as connection:\n"
    env = (HISTORY / "env.py").read_text()
    (folder / "env.py").write_text(env.replace(connect, f"{connect}    {line}\n"))


def test_connections_that_have_nothing_to_do_live_on(url: sa.URL, tmp_path: Path) -> None:
    """With a wait_timeout of one second: the one that looks at the load, and the upgrade's own."""
    batch = "from stillroom import batches\n    batches.update('t', 'a = 1', size=1)"
    rest = "import time; time.sleep(2.5)\n    batches.update('t', 'a = a + 1', size=1)"
    fill = f"{CREATE}\n    op.execute('INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)')"
    folder = write_history(tmp_path, fill, f"{batch}\n    op.execute('DO SLEEP(2.5)')\n    {rest}")
    env = (folder / "env.py").read_text()
    (folder / "env.py").write_text(
        env.replace(
            "with engine.connect()",
            "from sqlalchemy import event\n"
            "@event.listens_for(engine, 'connect')\n"
            "def hurry(dbapi, record):\n"
            "    dbapi.cursor().execute('SET SESSION wait_timeout = 1')\n\n"
            "with engine.connect()",
        )
    )
    done = run(url, up, history=folder)
    assert done.code == 0, done.text
    assert contents(url)["t: rows"] == ["(1, 2)", "(2, 2)", "(3, 2)"]


def test_an_account_whose_grants_come_in_other_quotes(
    server_url: str, url: sa.URL, tmp_path: Path
) -> None:
    """ANSI_QUOTES, and no quotes at all: it has all rights that it needs, on this database."""
    folder = write_history(tmp_path, CREATE)
    name = f"{url.database}_o"[-32:]
    execute(
        url, f"CREATE USER {name} IDENTIFIED BY 'x'",
        f"GRANT ALL PRIVILEGES ON `{url.database}`.* TO {name}",
    )  # fmt: skip
    try:
        for setting in ("sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", "sql_quote_show_create=0"):
            _with_line(folder, f'connection.connection.cursor().execute("SET {setting}")')
            done = run(url.set(username=name, password="x"), up, history=folder)
            assert done.code == 0, done.text
    finally:
        execute(url, f"DROP USER {name}")


LONG_ID = "20240718_widen_the_columns_of_samples_x"


def test_a_revision_id_that_does_not_fit(url: sa.URL, tmp_path: Path) -> None:
    """Refused before its first statement; nothing is half-applied."""
    folder = write_history(tmp_path, CREATE, ids=(LONG_ID,))
    refused = run(url, up, history=folder)
    assert refused.code == 2
    assert f"AP117 the id {LONG_ID} has 39 characters" in refused.text
    assert "alembic_version.version_num holds 32" in refused.text
    assert "t" not in contents(url)


def test_a_history_that_makes_room_for_a_long_id(url: sa.URL, tmp_path: Path) -> None:
    widen = (
        'op.alter_column("alembic_version", "version_num", type_=sa.String(128),'
        " existing_type=sa.String(32), existing_nullable=False)"
    )
    folder = write_history(tmp_path, widen, CREATE, ids=("r0", LONG_ID))
    done = run(url, up, history=folder)
    assert done.code == 0, done.text
    (tmp_path / "other").mkdir()
    folder = write_history(tmp_path / "other", widen, ids=(LONG_ID,))
    with servers.database(url.set(database="").render_as_string(hide_password=False)) as other:
        done = run(other, up, history=folder)
        assert done.code == 0, done.text


def test_tables_that_are_there_and_no_revision(url: sa.URL, tmp_path: Path) -> None:
    folder = write_history(tmp_path, CREATE)
    execute(url, "CREATE TABLE t (id INT)")
    refused = run(url, up, history=folder)
    assert "AP301 revision r0 failed: 1050" in refused.text
    assert "its version table names no revision" in refused.text
    assert "stamp" in refused.text

    def look(config: Config) -> None:
        apply.check_whole(config, "stamp head")

    assert run(url, look, history=folder).code == 0


def test_what_the_server_will_refuse_for_certain(url: sa.URL, tmp_path: Path) -> None:
    """It says so before the first statement, and nothing is half-applied."""
    key = "op.create_table('u', sa.Column('id', sa.Integer, primary_key=True))"
    folder = write_history(tmp_path, f"{CREATE}\n    {key}")
    execute(url, "CREATE VIEW u AS SELECT 1 AS n")
    refused = run(url, up, history=folder)
    assert "r0.py:8: AP120 the revision creates the table u, but the database has" in refused.text
    assert "t" not in contents(url)
    folder = write_history(tmp_path, f"op.execute('DROP VIEW u')\n    {key}")
    done = run(url, up, history=folder)
    assert done.code == 0, done.text


def test_rights_that_only_some_statements_need(url: sa.URL, tmp_path: Path) -> None:
    view = "op.execute('CREATE VIEW v AS SELECT 1 AS n')"
    folder = write_history(tmp_path, CREATE, view)
    name = f"{url.database}_v"[-32:]
    needed = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES"
    execute(
        url, f"CREATE USER {name} IDENTIFIED BY 'x'",
        f"GRANT {needed} ON `{url.database}`.* TO {name}",
    )  # fmt: skip
    try:
        refused = run(url.set(username=name, password="x"), up, history=folder)
    finally:
        execute(url, f"DROP USER {name}")
    assert "r1.py:7: AP104 this account lacks CREATE VIEW on database" in refused.text
    assert "t" not in contents(url)


def test_a_server_that_requires_primary_keys(url: sa.URL, tmp_path: Path) -> None:
    bare = "op.create_table('u', sa.Column('id', sa.Integer))"
    folder = write_history(tmp_path, CREATE, bare)
    _with_setting(url, folder, "sql_require_primary_key")
    refused = run(url, up, history=folder)
    assert "r1.py:7: AP121 the revision creates the table u without a primary key" in refused.text
    assert "t" not in contents(url)
    off = "op.execute('SET SESSION sql_require_primary_key = 0')"
    write_history(tmp_path, CREATE, f"{off}\n    {bare}")
    _with_setting(url, folder, "sql_require_primary_key")
    done = run(url, up, history=folder)
    assert done.code == 0, done.text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((2013, "Lost connection to MySQL server during query"), "AP110", "connection was lost"),
        ((4031, "The client was disconnected by the server because of inactivity"), "AP110", ""),
        ((1021, "Disk full (/tmp)"), "AP115", "disk is full"),
        ((1114, "The table 't' is full"), "AP115", "disk is full"),
        ((3675, "Create table/tablespace 't' failed, as disk is full"), "AP115", "disk is full"),
        ((3, "Error writing file './t.ibd' (Errcode: 28 \"No space left\")"), "AP115", ""),
        ((1040, "Too many connections"), "AP116", "accepts no more connections"),
        ((1290, "The MariaDB server is running with the --read-only option"), "AP109", "read-only"),
    ],
)
def test_what_is_no_fault_of_the_project(
    tmp_path: Path, arguments: tuple[int, str], code: str, words: str
) -> None:
    cause = pymysql.err.OperationalError(*arguments)
    failure = sa.exc.OperationalError("ALTER TABLE t", None, cause)
    for error in (of_server(failure, ""), failed("r1", str(tmp_path / "r1.py"), failure, True)):
        assert error is not None
        assert error.code == code
        assert words in str(error)
        assert "it continues where it stopped" in str(error)


def test_a_closed_connection_says_something(tmp_path: Path) -> None:
    cause = pymysql.err.InterfaceError(0, "")
    error = failed("r1", str(tmp_path / "r1.py"), sa.exc.InterfaceError("DO 1", None, cause), True)
    assert "AP110 the connection was lost in revision r1: 0 InterfaceError" in str(error)


def test_a_second_connection_that_cannot_be_opened(tmp_path: Path) -> None:
    cause = pymysql.err.OperationalError(2003, "Can't connect to MySQL server on 'db'")
    failure = sa.exc.OperationalError("", None, cause)
    error = failed("r1", str(tmp_path / "r1.py"), failure, True)
    assert "AP110 the server cannot be reached in revision r1: 2003 Can't connect" in str(error)
    assert "it continues where it stopped" in str(error)


def test_a_server_that_becomes_read_only(server_url: str, url: sa.URL, tmp_path: Path) -> None:
    """Half-way; root may write all the same, so that another account is at work."""
    folder = write_history(
        tmp_path,
        f"{CREATE}\n    op.execute('INSERT INTO t VALUES (1, 1)')\n    import time\n"
        "    time.sleep(1.5)\n    op.execute('ALTER TABLE t ADD COLUMN b INT')",
    )
    name = f"{url.database}_w"[-32:]
    execute(
        url, f"CREATE USER {name} IDENTIFIED BY 'x'",
        f"GRANT ALL PRIVILEGES ON `{url.database}`.* TO {name}",
    )  # fmt: skip
    try:
        running = start(url.set(username=name, password="x"), up, history=folder)
        deadline = time.monotonic() + 30
        while "t" not in contents(url):
            assert time.monotonic() < deadline
        time.sleep(0.3)
        execute(url, "SET GLOBAL read_only = 1")
        stopped = running.wait()
        execute(url, "SET GLOBAL read_only = 0")
        assert stopped.code == 2, stopped.text
        assert "AP109 the server has become read-only in revision r0" in stopped.text
        again = run(url.set(username=name, password="x"), up, history=folder)
        assert again.code == 0, again.text
    finally:
        execute(url, "SET GLOBAL read_only = 0", f"DROP USER {name}")
