"""`fleet`: one history over many databases, of which some are not as they should be."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from stillroom.apply.journal.journal import Journal
from tests.support import tables
from tests.support.projects import CASES, ROOT, Answer, UserProject
from tests.support.schemas import valid

SETTINGS = """
[stillroom]
target = {target}
fleet = tenants.txt
fleet_url = {url}
fleet_variable = SHOP_DB
"""
BY_PYTHON = '''"""reads rows"""
import sqlalchemy as sa
from alembic import op

revision = "ddd444"
down_revision = "ccc333"


def upgrade():
    for row in op.get_bind().execute(sa.text("SELECT id FROM customer")):
        op.execute(sa.text("UPDATE customer SET email = :e").bindparams(e=f"{row.id}@x"))
'''


class Fleet(UserProject):
    """A project in a folder with a file of tenants, and their databases on a server."""

    server: sa.URL
    names: list[str]

    def fleet(self, *words: str, **environment: str) -> Answer:
        """Run `fleet` in this process' Python."""
        return self.verb("fleet", *words, **environment)

    def events(self, *words: str) -> list[dict[str, Any]]:
        """What `fleet … --format json` tells."""
        told: list[dict[str, Any]] = valid("fleet", self.fleet(*words, "--format=json").out)
        return told

    def sql(self, name: str, *statements: str) -> None:
        """Run statements on one of the databases."""
        engine = sa.create_engine(self.server.set(database=name), poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def grow(self, size: int) -> None:
        """Make databases until the fleet has as many."""
        first = self.names[0][:-2]
        more = [f"{first}{number:02}" for number in range(len(self.names), size)]
        self.sql("", *(f"CREATE DATABASE {name}" for name in more))
        self.names += more
        self.write("tenants.txt", "".join(f"{name}\n" for name in self.names))

    def url(self, name: str, **parts: Any) -> str:
        """The URL of one of the databases, with other parts than it has."""
        return self.server.set(database=name, **parts).render_as_string(hide_password=False)

    def contents(self, name: str) -> tuple[tuple[Any, ...], ...]:
        """The definitions and the recorded revisions of one of the databases."""
        engine = sa.create_engine(self.server, poolclass=sa.NullPool)
        with engine.connect() as connection:

            def rows(asked: str) -> list[tuple[Any, ...]]:
                return [tuple(row) for row in connection.exec_driver_sql(asked)]

            if not rows(f"SHOW DATABASES LIKE '{name}'"):
                return ()
            tables = [row[0] for row in rows(f"SHOW TABLES FROM {name}")]
            found = [rows(f"SHOW CREATE TABLE {name}.{table}")[0] for table in tables]
            if "alembic_version" in tables:
                found += rows(f"SELECT * FROM {name}.alembic_version")
            return tuple(found)

    def has_tables(self) -> bool:
        """Whether one of the databases has a table, told without waiting for it."""
        engine = sa.create_engine(self.server, poolclass=sa.NullPool)
        with engine.connect() as connection:
            asked = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema LIKE %s"
            prefix = f"{self.names[0][:-2]}%"
            return bool(connection.exec_driver_sql(asked, (prefix,)).scalar_one())

    def at(self, name: str) -> str:
        """The revision of one of the databases; "" if none is recorded."""
        engine = sa.create_engine(self.server.set(database=name), poolclass=sa.NullPool)
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return ""
            rows = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
            return ",".join(row[0] for row in rows)


@pytest.fixture
def shop(tmp_path: Path, server_url: str) -> Iterator[Fleet]:
    shutil.copytree(CASES / "generic", tmp_path / "shop")
    project = Fleet(tmp_path / "shop")
    project.server = sa.make_url(server_url)
    prefix = f"fleet_{uuid.uuid4().hex[:8]}"
    project.names = [f"{prefix}_{number:02}" for number in range(12)]
    url = project.url("NAME")
    ini = project.read("alembic.ini")
    target = tables.target_of(project.server)
    project.write(
        "alembic.ini", ini + SETTINGS.format(target=target, url=url.replace("NAME", "${name}"))
    )
    project.write("tenants.txt", "".join(f"{name}\n" for name in project.names))
    project.sql("", *(f"CREATE DATABASE {name}" for name in project.names))
    yield project
    project.sql("", *(f"DROP DATABASE IF EXISTS {name}" for name in project.names))


def test_all_reach_the_head_and_go_back(shop: Fleet) -> None:
    assert shop.fleet("status").code == 1
    done = shop.fleet("upgrade", "--waves=1, rest")
    assert done.code == 0, done.err
    assert "wave 2 of 2: 11 databases" in done.err
    assert {shop.at(name) for name in shop.names} == {"ccc333"}
    status = shop.fleet("status")
    assert status.code == 0
    assert status.out == ("fleet     12 databases on 1 host\nat ccc333  12 databases: up to date\n")
    assert shop.fleet("downgrade", "bbb222").code == 0
    assert shop.fleet("downgrade").err.startswith("which revision? rev= is missing")
    assert shop.fleet("downgrade", "bbb222").code == 0
    assert "would go the other way" in shop.fleet("downgrade", "ccc333").err
    plan = shop.fleet("plan")
    assert "12 databases at bbb222: 1 revision, to ccc333" in plan.out
    assert "    [1/1] upgrade ccc333 " in plan.out
    assert "            ALTER TABLE orders ADD COLUMN note" in plan.out
    group = shop.events("plan")[0]
    assert [told["revision"] for told in group["plan"]] == ["ccc333"]
    assert {shop.at(name) for name in shop.names} == {"bbb222"}


CONTRACT = '''"""drops a column"""
from alembic import op

revision = "eee555"
down_revision = "ccc333"


# stillroom: contract of ccc333
def upgrade():
    op.execute("ALTER TABLE orders ADD COLUMN later INT")


def downgrade():
    op.execute("ALTER TABLE orders DROP COLUMN later")
'''


def test_a_fleet_stops_before_a_contract(shop: Fleet) -> None:
    assert shop.fleet("upgrade").code == 0
    folder = next((shop.root).rglob("*ccc333*.py")).parent.relative_to(shop.root)
    shop.write(f"{folder}/eee555.py", CONTRACT)
    planned = shop.fleet("plan").out
    assert "stops before the contract revision eee555" in planned
    assert [told["waits"] for told in shop.events("plan")] == ["eee555"]
    assert shop.fleet("upgrade").code == 0
    assert {shop.at(name) for name in shop.names} == {"ccc333"}
    assert "the contract revision eee555 waits" in shop.fleet("status").out
    assert shop.fleet("upgrade", "--contract").code == 0
    assert {shop.at(name) for name in shop.names} == {"eee555"}


def _deviants(shop: Fleet) -> dict[str, str]:
    """Ten databases of seven kinds that are not as they should be, with what is told of each."""
    changed, dropped, unknown, other, half, cut, unstamped, missing, silent, renamed = shop.names[
        :10
    ]
    shop.sql(changed, "ALTER TABLE customer ADD COLUMN by_hand INT")
    shop.sql(dropped, "ALTER TABLE customer ADD COLUMN by_hand INT")
    shop.sql(unknown, "UPDATE alembic_version SET version_num = 'fff999'")
    shop.sql(other, "UPDATE alembic_version SET version_num = 'fff998'")
    shop.write(
        "migrations/versions/half.py",
        BY_PYTHON.replace("ddd444", "eee555")
        .replace("SELECT id FROM customer", "SELECT nothing")
        .replace("upgrade():\n", "upgrade():\n    op.execute('CREATE TABLE half (id INT)')\n"),
    )
    for name in (half, cut):
        assert shop.verb("upgrade", SHOP_DB=shop.url(name)).code == 2
    (shop.root / "migrations/versions/half.py").unlink()
    shop.sql(unstamped, "DROP TABLE alembic_version")
    shop.sql(missing, f"DROP DATABASE {missing}")
    lines = {
        silent: f"{shop.url(silent, port=1)} name={silent}",
        renamed: f"{shop.url(shop.names[10], host='localhost')} name={renamed}",
    }
    listed = sorted(shop.names, key=renamed.__eq__)  # behind the one that it is
    shop.write("tenants.txt", "".join(f"{lines.get(name, name)}\n" for name in listed))
    return {
        changed: "changed by hand: customer.by_hand INT",
        dropped: "changed by hand: customer.by_hand INT",
        unknown: "it is at fff999, a revision for which there is no file here",
        other: "it is at fff998, a revision for which there is no file here",
        half: "the upgrade of eee555 is half-applied",
        cut: "the upgrade of eee555 is half-applied",
        unstamped: "it has 2 tables, but no revision is recorded",
        missing: "not reached: 1049",
        silent: "not reached: 2003",
        renamed: f"it is the same database as {shop.names[10]}, under another name",
    }


def test_deviants_are_named_before_the_first_statement(shop: Fleet) -> None:
    """Ninety of a hundred databases are upgraded, and nothing is changed in the others."""
    shop.grow(100)
    assert shop.fleet("upgrade", "bbb222", "--waves=rest").code == 0
    told = _deviants(shop)
    whole = [name for name in shop.names if name not in told]
    before = {name: shop.contents(name) for name in shop.names}
    stopped = shop.fleet("upgrade", "ccc333")
    assert stopped.code == 2
    assert "10 databases are not as expected, and nothing was done" in stopped.err
    assert "fleet upgrade ccc333 --on-error continue" in stopped.err
    for name, problem in told.items():
        assert re.search(f"{name}(, [^:]*)?: {re.escape(problem)}", stopped.out), stopped.out
    assert {name: shop.contents(name) for name in shop.names} == before
    done = shop.fleet("upgrade", "--on-error=continue", "--waves=rest")
    assert done.code == 1
    assert "90 databases done, " in done.out + done.err
    assert "10 left out, as they were not as expected" in done.out
    assert {shop.at(name) for name in whole} == {"ccc333"}
    assert len({shop.contents(name) for name in whole}) == 1
    assert {name: shop.contents(name) for name in told} == {name: before[name] for name in told}


def test_failing_canary_and_a_limit(shop: Fleet) -> None:
    assert shop.fleet("upgrade", "bbb222").code == 0
    first = shop.names[0]
    for name in (first, shop.names[3], shop.names[5], shop.names[7]):
        # Its rows, not its tables, are what the next revision cannot have.
        shop.sql(name, "INSERT INTO customer VALUES (1, 'a'), (2, 'b')")
    shop.write(
        "migrations/versions/unique.py",
        BY_PYTHON.replace("ccc333", "bbb222").split("def upgrade")[0]
        + 'def upgrade():\n    op.execute("CREATE TABLE kept (id INT)")\n'
        '    op.execute("ALTER TABLE customer ADD COLUMN one INT NOT NULL DEFAULT 1 UNIQUE")\n',
    )
    (shop.root / "migrations/versions/ccc333_a_note.py").unlink()
    canary = shop.fleet("upgrade")
    assert canary.code == 2
    assert f"{first}: 1062 " in canary.err
    assert f"11 untouched, as one failed: {', '.join(shop.names[1:])}" in canary.out
    assert {shop.at(name) for name in shop.names} == {"bbb222"}
    assert "make fleet-resume" in canary.out or "stillroom fleet resume" in canary.out
    shop.sql(first, "DELETE FROM customer WHERE id = 2")
    assert shop.fleet("resume", "--on-error=limit 2", "--parallel=1").code == 2
    done = {name for name in shop.names if shop.at(name) == "ddd444"}
    failed = {shop.names[3], shop.names[5], shop.names[7]}
    assert done == set(shop.names[:7]) - failed


def test_revision_that_reads_rows_runs_in_python(shop: Fleet) -> None:
    shop.write("migrations/versions/rows.py", BY_PYTHON)
    shop.write("tenants.txt", "".join(f"{name}\n" for name in shop.names[:3]))
    plan = shop.fleet("plan")
    assert "in Python, one process for each: migrations/versions/rows.py" in plan.out
    done = shop.fleet("upgrade")
    assert done.code == 0, done.err
    assert {shop.at(name) for name in shop.names[:3]} == {"ddd444"}


def _begun(shop: Fleet) -> subprocess.Popen[str]:
    """An upgrade of all, of which some database has its first tables."""
    command = [sys.executable, "-m", "stillroom", "fleet", "upgrade", "--waves=rest"]
    environment = {"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin"}
    child = subprocess.Popen(
        [*command, "--format=json"],
        cwd=shop.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not shop.has_tables():
        time.sleep(0.005)
    return child


def test_killed_client_and_resume(shop: Fleet) -> None:
    """A client that is killed leaves databases half-applied; each statement is done once."""
    child = _begun(shop)
    child.kill()
    child.communicate()
    resumed = shop.fleet("resume")
    assert resumed.code == 0, resumed.err
    assert {shop.at(name) for name in shop.names} == {"ccc333"}
    status = shop.fleet("status")
    assert status.code == 0, status.out
    # One that died once all was done, before its journal was gone:
    shop.sql(shop.names[3], Journal("alembic_version", None).definition(mysql=True))
    cleared = shop.fleet("resume")
    assert f"{shop.names[3]}: all is done, but for the journal" in cleared.out + cleared.err
    assert len({shop.contents(name) for name in shop.names}) == 1
    assert "nothing was to be done" in shop.fleet("resume").out


def test_interrupted_upgrade_ends_between_revisions(shop: Fleet) -> None:
    """Ctrl-C: what is at a revision of the way is told as stopped, and never as done."""
    child = _begun(shop)
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    summary = json.loads(output.splitlines()[-1])
    behind = [name for name in shop.names if shop.at(name) != "ccc333"]
    assert behind == sorted(summary["stopped"] + summary["untouched"])
    assert summary["done"] == len(shop.names) - len(behind)
    assert not any(event["event"] == "half_applied" for event in shop.events("status"))
    assert shop.fleet("resume").code == 0


def test_passwords_are_not_shown(shop: Fleet) -> None:
    secret = "S3cr3t" + uuid.uuid4().hex
    url = shop.server.set(database="x", password=secret, port=1)
    shop.write("tenants.txt", url.render_as_string(hide_password=False))
    answer = shop.fleet("upgrade")
    assert answer.code == 2
    assert re.search("not reached: 2003", answer.out)
    assert secret not in answer.out + answer.err
    unsendable = shop.server.set(database="x", password=f"{secret}€")
    shop.write("tenants.txt", unsendable.render_as_string(hide_password=False))
    for answer in (shop.fleet("upgrade"), shop.fleet("upgrade", "--format=json")):
        assert "a character in it is not in Latin-1" in answer.out
        assert secret not in answer.out + answer.err
    ini = shop.read("alembic.ini")
    shop.write("alembic.ini", ini.replace("fleet = tenants.txt", "fleet = query: SELECT 1"))
    control = unsendable.render_as_string(hide_password=False)
    answer = shop.fleet("upgrade", FLEET_CONTROL_URL=control)
    assert "a character in it is not in Latin-1" in answer.err
    assert secret not in answer.out + answer.err


def test_executor_of_the_project_carries_the_databases(shop: Fleet) -> None:
    shop.write(
        "workers.py",
        "from concurrent.futures import ProcessPoolExecutor\n"
        "def executor():\n    return ProcessPoolExecutor(2)\n"
        "def nothing():\n    return 1\n",
    )
    ini = shop.read("alembic.ini")
    shop.write("alembic.ini", f"{ini}fleet_executor = workers:nothing\n")
    refused = shop.fleet("upgrade")
    assert refused.code == 2
    assert "workers:nothing() returned int" in refused.err
    shop.write("alembic.ini", f"{ini}fleet_executor = workers:executor\n")
    done = shop.fleet("upgrade", "--shard=1/2")
    assert done.code == 0, done.err
    assert [shop.at(name) for name in shop.names] == ["ccc333", ""] * 6


def test_check_between_waves_and_a_closed_window(shop: Fleet) -> None:
    checked = shop.fleet("upgrade", "--waves=2, rest", "--check=echo looked at; false")
    assert checked.code == 1
    assert "10 untouched, as the check `echo looked at; false` ended with exit code 1" in (
        checked.out
    )
    hour = (datetime.now() + timedelta(hours=2)).hour
    late = shop.fleet("upgrade", f"--window={hour}:00-{(hour + 1) % 24}:00")
    assert late.code == 1
    assert "10 untouched, as the window of time is over" in late.out
    assert [shop.at(name) for name in shop.names] == ["ccc333"] * 2 + [""] * 10
