"""The script of `make sql`: run by a real client, twice, cut off anywhere, and finished."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from stillroom import apply
from stillroom.apply.script import lines, writer
from stillroom.catalog import Target
from stillroom.errors import CannotTell
from tests.support import servers
from tests.support.crashes import config_for, difference, down, run, up
from tests.support.crashes import contents as everything
from tests.support.replays import planned_revisions
from tests.support.servers import target_of

HISTORY = Path(__file__).parents[2] / "cases" / "scripts" / "alembic"
CLIENT = shutil.which("mariadb") or shutil.which("mysql")
pytestmark = pytest.mark.skipif(CLIENT is None, reason="there is no client of a server here")


def client(url: sa.URL, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a script, as a person would."""
    command = [str(CLIENT), f"-h{url.host}", f"-P{url.port}", f"-u{url.username}"]
    secret = [f"-p{url.password}"] if url.password else []
    return subprocess.run(
        [*command, *secret, "--default-character-set=utf8mb4", *options, str(url.database)],
        input=text, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def routines(url: sa.URL) -> list[str]:
    """The procedures that are there."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        listed = connection.exec_driver_sql("SHOW PROCEDURE STATUS WHERE Db = DATABASE()").all()
    engine.dispose()
    return [str(row[1]) for row in listed]


def contents(url: sa.URL) -> dict[str, Any]:
    """All that a database holds, but for how the list of applied files is spaced."""
    found = everything(url)
    rows = found.get("alembic_version: rows", [])
    found["alembic_version: rows"] = [re.sub(r'"([:,]) "', r'"\1"', row) for row in rows]
    return found


@dataclass
class Scripts:
    """Scripts for one server, and what an upgrade without them leaves there."""

    server_url: str
    cache: Path
    target: Target
    expected: dict[str, dict[str, Any]]

    def write(self, revision: str = "head", since: str = "base") -> str:
        config = config_for(HISTORY)
        heads = () if since == "base" else (since,)
        found = planned_revisions(
            config, revision, since=heads, target=self.target, cache=self.cache
        )
        parts = lines.parts(found, self.target)
        return writer.text(parts, self.target, "alembic_version", lambda _: [])


@pytest.fixture(scope="module")
def scripts(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Scripts:
    expected = {}
    with servers.database(server_url) as url:
        for name, command in (("up", up), ("down", down)):
            assert run(url, command, history=HISTORY).code == 0
            expected[name] = contents(url)
    return Scripts(server_url, tmp_path_factory.mktemp("cache"), target_of(server_url), expected)


@pytest.fixture(autouse=True)
def stand_in_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRASH_URL", "mysql+pymysql://nobody@127.0.0.1:1/nowhere")


def statements(text: str) -> list[str]:
    """A script in pieces that end behind each call; the first holds all that comes before."""
    pieces = re.split(r"(?<=\);\n)(?=(?:--|CALL|SET|\n))", text)
    opened = next(n for n, piece in enumerate(pieces) if "CALL stillroom_open(" in piece)
    return ["".join(pieces[: opened + 1]), *pieces[opened + 1 :]]


def test_once_and_twice(scripts: Scripts) -> None:
    text = scripts.write()
    with servers.database(scripts.server_url) as url:
        for _ in range(2):
            done = client(url, text)
            assert done.returncode == 0, done.stderr
            assert done.stdout.split() == ["the", "database", "is", "at", "s3"]
            assert difference(scripts.expected["up"], contents(url)) == ""


def test_down_again(scripts: Scripts) -> None:
    back = scripts.write("base", since="s3")
    with servers.database(scripts.server_url) as url:
        assert client(url, scripts.write()).returncode == 0
        for _ in range(2):
            done = client(url, back)
            assert done.returncode == 0, done.stderr
            assert difference(scripts.expected["down"], contents(url)) == ""


def test_cut_off_behind_every_statement(scripts: Scripts) -> None:
    text = scripts.write()
    pieces = statements(text)
    assert len(pieces) > 25
    with servers.database(scripts.server_url) as url:
        for number in range(1, len(pieces)):
            _empty(url)
            cut = client(url, "".join(pieces[:number]))
            assert cut.returncode == 0, cut.stderr
            done = client(url, text)
            assert done.returncode == 0, f"{pieces[number - 1]}\n{done.stderr}"
            assert difference(scripts.expected["up"], contents(url)) == "", pieces[number - 1]


DONE = "            DEALLOCATE PREPARE stillroom_statement;\n            UPDATE"
RUN = "            EXECUTE stillroom_statement;\n" + DONE
DIE = "            IF p_line = {0} AND @stillroom_at = {1} THEN SIGNAL SQLSTATE '45000'; END IF;\n"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_statement_that_nobody_saw_end(scripts: Scripts, when: str) -> None:
    text = scripts.write()
    assert text.count(RUN) == 1
    replaced = f"{{0}}{RUN}" if when == "before" else RUN.replace(DONE, f"{{0}}{DONE}")
    sent: list[tuple[int, int]] = []
    for number, part in enumerate(re.split(r"CALL stillroom_revision", text)[1:]):
        sent += [(int(line), number) for line in re.findall(r"CALL stillroom_table\((\d+)", part)]
    assert len(sent) > 10
    with servers.database(scripts.server_url) as url:
        for number, line in enumerate(sent):
            _empty(url)
            dying = text.replace(RUN, replaced.format(DIE.format(*line)))
            assert client(url, dying).returncode == 1
            assert routines(url) == []
            if number % 2:
                assert client(url, text).returncode == 0
            else:
                finished = run(url, up, history=HISTORY)
                assert finished.code == 0, f"{line}: {finished.text}"
            assert difference(scripts.expected["up"], contents(url)) == "", line


def _empty(url: sa.URL) -> None:
    engine = sa.create_engine(url.set(database=None))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {url.database}")
        connection.exec_driver_sql(f"CREATE DATABASE {url.database}")
    engine.dispose()


def test_an_upgrade_goes_on_where_a_script_was_cut_off(scripts: Scripts) -> None:
    pieces = statements(scripts.write())
    places = [
        n
        for n, piece in enumerate(pieces)
        if "CALL stillroom_table(" in piece or "CALL stillroom_rows(" in piece
    ]
    with servers.database(scripts.server_url) as url:
        for number in places[::2]:
            _empty(url)
            assert client(url, "".join(pieces[: number + 1])).returncode == 0
            look = run(url, lambda config: _is_half_applied(config), history=HISTORY)
            assert look.code == 0, look.text
            finished = run(url, up, history=HISTORY)
            assert finished.code == 0, f"{pieces[number]}\n{finished.text}"
            assert difference(scripts.expected["up"], contents(url)) == "", pieces[number]


def _is_half_applied(config: Any) -> None:
    half = apply.status(config).half_applied
    assert half is not None
    assert half.done or half.in_doubt


def test_a_statement_that_fails_stops_it(scripts: Scripts) -> None:
    text = scripts.write()
    with servers.database(scripts.server_url) as url:
        pieces = statements(text)
        before = next(n for n, piece in enumerate(pieces) if "ADD CONSTRAINT ck_total" in piece)
        assert client(url, "".join(pieces[:before])).returncode == 0
        assert client(url, "UPDATE orders SET total = -1 WHERE id = 1").returncode == 0
        # --force goes on behind an error: everything that follows has to refuse.
        failed = client(url, text, "--force")
        assert "ck_total" in failed.stderr
        assert re.search(r"4025|3819", failed.stdout)
        assert "(revision s2, statement" in failed.stdout
        assert failed.stderr.count("ERROR") == 1
        assert routines(url) == []
        assert client(url, "UPDATE orders SET total = 2.5 WHERE id = 1").returncode == 0
        done = client(url, text)
        assert done.returncode == 0, done.stderr
        assert difference(scripts.expected["up"], contents(url)) == ""


def test_a_database_somewhere_else_is_left_alone(scripts: Scripts) -> None:
    with servers.database(scripts.server_url) as url:
        assert client(url, scripts.write()).returncode == 0
        before = contents(url)
        refused = client(url, scripts.write("s2"))
        assert refused.returncode == 1
        assert "the database is at 's3', where this script neither begins nor passes" in (
            refused.stderr
        )
        assert routines(url) == []
        assert contents(url) == before


def test_what_an_upgrade_left_is_left_to_an_upgrade(scripts: Scripts) -> None:
    with servers.database(scripts.server_url) as url:
        run(url, _dies_in_the_second, history=HISTORY)
        refused = client(url, scripts.write())
        assert refused.returncode == 1
        assert "another upgrade has left a revision half-applied; `make status` shows it" in (
            refused.stderr
        )
        assert routines(url) == []
        assert run(url, up, history=HISTORY).code == 0
        assert client(url, scripts.write()).returncode == 0
        assert difference(scripts.expected["up"], contents(url)) == ""


def _dies_in_the_second(config: Any) -> None:
    def listener(event: object) -> None:
        if isinstance(event, apply.events.StatementDone) and "ADD COLUMN email" in event.text:
            os._exit(9)

    apply.upgrade(config, listener=listener)


def test_another_deployer_is_not_disturbed(scripts: Scripts) -> None:
    text = scripts.write().replace(", 300);", ", 0);")
    with servers.database(scripts.server_url) as url:
        engine = sa.create_engine(url)
        lock = "GET_LOCK(CONCAT('stillroom_', LEFT(SHA2(DATABASE(), 256), 24)), 0)"
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"SELECT {lock}").scalar() == 1
            refused = client(url, text)
            assert refused.returncode == 1
            assert "near 'another deployer has the lock'" in refused.stderr
            forced = client(url, text, "--force")
            assert "another deployer has the lock on this database" in forced.stdout
            assert routines(url) == []
            assert "stillroom_journal" not in contents(url)
        engine.dispose()


REFUSED: dict[str, tuple[str, Callable[[Target], bool]]] = {
    "op.execute('CREATE TEMPORARY TABLE t (id INT)')": (
        "a temporary table is lost", lambda _: True),
    "op.execute('CALL x()')": ("cannot replay `CALL x()`", lambda _: True),
    "op.execute('SET @a = 1')": ("the value of a variable is lost", lambda _: True),
    "op.execute(\"SET sql_mode = ''\")": ("not be safe to run twice", lambda _: True),
    "op.execute('SET GLOBAL max_connections = 9')": ("not be safe to run twice", lambda _: True),
    "op.execute('UPDATE users SET id = LAST_INSERT_ID()')": (
        "only the server will know", lambda _: True),
    "op.execute('CREATE TRIGGER x BEFORE INSERT ON users FOR EACH ROW SET @a = 1')": (
        "MySQL accepts it only directly from a client", lambda target: target.mysql),
    "op.execute('RENAME TABLE users TO a, orders TO b')": ("nothing would show", lambda _: True),
    "op.execute('ALTER TABLE users CHANGE id name INT, CHANGE name id TEXT')": (
        "nothing would show", lambda _: False),
    "op.execute(sa.text('SELECT id FROM users'))": ("depends on rows", lambda _: True),
    "op.execute('CREATE DATABASE x')": ("nothing would show", lambda _: True),
    "b = op.get_bind(); r = b.execute(sa.text(\"INSERT INTO users (name) VALUES ('x')\"));"
    " b.execute(sa.text('DELETE FROM orders WHERE id = :id'), {'id': r.lastrowid})": (
        "only the server will know", lambda _: True),
    "b = op.get_bind(); b.execute(sa.text('DELETE FROM users')).rowcount or 1": (
        "depends on rows", lambda _: True),
    "b = op.get_bind(); b.execute(sa.text('DELETE FROM users')); b.rollback()": (
        "rolls back what it has changed", lambda _: True),
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_what_no_script_can_do_is_refused(scripts: Scripts, tmp_path: Path, code: str) -> None:
    what, applies = REFUSED[code]
    if not applies(scripts.target):
        return
    shutil.copytree(HISTORY, tmp_path / "alembic")
    (tmp_path / "alembic/versions/s4.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision, down_revision = "s4", "s1"\ndef upgrade():\n    {code}\n'
    )
    (tmp_path / "alembic/versions/s2.py").unlink()
    (tmp_path / "alembic/versions/s3.py").unlink()
    config = config_for(tmp_path / "alembic")
    found = planned_revisions(config, since=("s1",), target=scripts.target, cache=tmp_path)
    with pytest.raises(CannotTell) as refused:
        lines.parts(found, scripts.target)
    assert re.search(r"s4\.py:5: .*" + re.escape(what), str(refused.value)), str(refused.value)
    assert "make upgrade" in str(refused.value)


def test_an_account_that_lacks_a_right(scripts: Scripts) -> None:
    """It is told before anything is done, and nothing of the script stays."""
    text = scripts.write()
    rights = (
        "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE ROUTINE,"
        " EXECUTE, CREATE VIEW, TRIGGER, SHOW VIEW, EVENT"
    )
    with servers.database(scripts.server_url) as url:
        name = f"{url.database}_s"[-32:]
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE USER {name} IDENTIFIED BY 'x'")
            connection.exec_driver_sql(f"GRANT {rights} ON `{url.database}`.* TO {name}")
            account = url.set(username=name, password="x")
            refused = client(account, text)
            tables = connection.exec_driver_sql("SHOW TABLES").all()
            listed = "SHOW PROCEDURE STATUS WHERE Db = DATABASE()"
            procedures = connection.exec_driver_sql(listed).all()
            connection.exec_driver_sql(f"GRANT ALTER ROUTINE ON `{url.database}`.* TO {name}")
            done = client(account, text)
            connection.exec_driver_sql(f"DROP USER {name}")
        engine.dispose()
    assert refused.returncode != 0
    assert "this account lacks ALTER ROUTINE" in refused.stderr
    assert (tables, procedures) == ([], [])
    assert "lacks" not in done.stderr
