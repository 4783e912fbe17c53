"""Env.py files as other projects have them: each upgrade is cut off, and converges."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config

from tests.support import servers
from tests.support.crashes import HISTORY, Command, contents, difference, down, dying_at, run, up

START = """
import os
from alembic import context
from sqlalchemy import create_engine, pool
url = os.environ["CRASH_URL"]
"""
CONFIGURED = (
    START
    + """
engine = create_engine(url)
with engine.connect() as connection:
    context.configure(connection=connection, OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
"""
)
ENVIRONMENTS = {
    "a transaction for each": CONFIGURED.replace("OPTIONS", "transaction_per_migration=True"),
    "transactional DDL": CONFIGURED.replace("OPTIONS", "transactional_ddl=True"),
    "both": CONFIGURED.replace(
        "OPTIONS", "transactional_ddl=True, transaction_per_migration=True"),
    "another version table": CONFIGURED.replace("OPTIONS", "version_table='my_versions'"),
    "the schema by name": CONFIGURED.replace(
        "OPTIONS", "include_schemas=True, version_table_schema=engine.url.database"),
    "autocommit": CONFIGURED.replace("OPTIONS", "compare_type=True").replace(
        "create_engine(url)", "create_engine(url, isolation_level='AUTOCOMMIT')"),
    "no transaction of its own": START + """
engine = create_engine(url, poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    context.run_migrations()
    connection.commit()
""",
    "a creator": START + """
import pymysql
from sqlalchemy.engine import make_url
parts = make_url(url)
def connect():
    return pymysql.connect(host=parts.host, port=parts.port, user=parts.username,
                           password=parts.password or "", database=parts.database, client_flag=2)
engine = create_engine("mysql+pymysql://", poolclass=pool.StaticPool, creator=connect)
connection = engine.connect()
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
connection.close()
""",
    "a connection of the caller's": START + """
connection = context.config.attributes["connection"]
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
""",
    "settings of its own": START + """
from sqlalchemy import event
engine = create_engine(url, pool_pre_ping=True, pool_recycle=1, future=True)
@event.listens_for(engine, "connect")
def settle(dbapi, record):
    cursor = dbapi.cursor()
    cursor.execute("SET SESSION lock_wait_timeout = 20, time_zone = '+00:00'")
    cursor.close()
with engine.connect() as connection:
    connection.exec_driver_sql("SELECT 1")
    connection.commit()
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
""",
}  # fmt: skip


@pytest.fixture(scope="module")
def expected(server_url: str) -> dict[str, object]:
    with servers.database(server_url) as url:
        assert run(url, up).code == 0
        return contents(url)


def on_own_connection(command: Command) -> Command:
    """The caller's connection is given to the env.py that takes it; others never look."""

    def connected(config: Config) -> None:
        config.attributes["connection"] = sa.create_engine(os.environ["CRASH_URL"]).connect()
        command(config)

    return connected


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_env_py_of_another_project(
    server_url: str, tmp_path: Path, expected: dict[str, object], name: str
) -> None:
    (tmp_path / "versions").symlink_to(HISTORY / "versions")
    (tmp_path / "env.py").write_text(ENVIRONMENTS[name])
    with servers.database(server_url) as url:
        for number in (12, 33):
            killed = run(url, on_own_connection(dying_at(number)), history=tmp_path)
            assert killed.code == -9, killed.text
        for command in (up, down, up):
            done = run(url, on_own_connection(command), history=tmp_path)
            assert done.code == 0, done.text
        found = contents(url)
        renamed = {
            key.replace("my_versions", "alembic_version"): value for key, value in found.items()
        }
        table = str(renamed["alembic_version"]).replace("my_versions", "alembic_version")
        assert difference(expected, {**renamed, "alembic_version": table}) == ""


TWO = (
    START
    + """
for name in (os.environ["FIRST"], os.environ["SECOND"]):
    engine = create_engine(sa_url(url, name), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, upgrade_token=f"{name}_up")
        with context.begin_transaction():
            context.run_migrations()
"""
)


def test_two_databases(
    server_url: str, tmp_path: Path, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "versions").symlink_to(HISTORY / "versions")
    helper = "from sqlalchemy.engine import make_url\ndef sa_url(url, name):\n"
    helper += "    return make_url(url).set(database=name)\n"
    (tmp_path / "env.py").write_text(helper + TWO)
    with servers.database(server_url) as one, servers.database(server_url) as two:
        monkeypatch.setenv("FIRST", str(one.database))
        monkeypatch.setenv("SECOND", str(two.database))
        for number in (20, 75):
            killed = run(one, on_own_connection(dying_at(number)), history=tmp_path)
            assert killed.code == -9, killed.text
        for command in (up, down, up):
            done = run(one, command, history=tmp_path)
            assert done.code == 0, done.text
        assert difference(expected, contents(one)) == ""
        assert difference(expected, contents(two)) == ""


@pytest.mark.parametrize("echo", [None, "debug"])
def test_a_connection_that_dies_last(
    server_url: str, tmp_path: Path, echo: object, capfd: pytest.CaptureFixture[str]
) -> None:
    """All is done by then: there is nothing to tell, and no traceback of SQLAlchemy's pool."""
    (tmp_path / "versions").symlink_to(HISTORY / "versions")
    dies = "    connection.connection.dbapi_connection._force_close()\n"
    options = f"create_engine(url, echo_pool={echo!r})"
    text = CONFIGURED.replace("OPTIONS", "").replace("create_engine(url)", options)
    logs = "import logging\nlogging.basicConfig(force=True)\n"
    (tmp_path / "env.py").write_text(logs + text + dies)
    with servers.database(server_url) as url:
        done = run(url, up, history=tmp_path)
        assert done.code == 0, done.text
    shown = capfd.readouterr()
    assert "Traceback" not in shown.out + shown.err
