"""The fixtures of the pytest plugin, in a project of its own and with pytest-xdist."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import sqlalchemy as sa

from tests.support import tables
from tests.support.projects import UserProject

LEAVES_OPEN = """
from sqlalchemy import create_engine, text

def test_reads(migrated_database):
    global connection
    connection = create_engine(migrated_database).connect()
    connection.execute(text("SELECT COUNT(*) FROM user"))
"""


def test_databases_for_tests(case: Callable[[str], UserProject], server_url: str) -> None:
    project = case("tested")
    target = tables.target_of(sa.make_url(server_url))
    project.replace("alembic.ini", "# target = mariadb 10.11", f"target = {target}")
    assert project.verb("snapshot").code == 0
    seen = project.root / "seen"
    seen.mkdir()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "stillroom.pytest_plugin", "tests"]
    variables = {
        "PYTHONPATH": "scripts",
        "SEEN": str(seen),
        "STILLROOM_SERVER": server_url,
        "PYTEST_ADDOPTS": "",
    }
    try:
        done = project.run(*command, "-n", "2", **variables)
    except subprocess.TimeoutExpired:
        # pytest-xdist 3.8 on execnet 2.1 now and then waits for ever for workers that have ended.
        done = project.run(*command, "-n", "2", **variables)
    assert done.code == 0, done.out + done.err
    assert "6 passed" in done.out
    used = {path.name.partition("-")[0]: path.read_text() for path in seen.iterdir()}
    assert len(set(used.values())) == len(used)  # one for each worker
    assert _left(server_url) == []
    kept = project.run(*command, "--stillroom-reuse", "-p", "no:xdist", **variables)
    assert kept.code == 0, kept.out
    (name,) = _left(server_url)
    again = project.run(*command, "--stillroom-reuse", "-p", "no:xdist", **variables)
    assert again.code == 0, again.out
    assert _left(server_url) == [name]
    _execute(server_url, f"DROP DATABASE `{name}`")
    nowhere = {**variables, "STILLROOM_SERVER": "mysql+pymysql://root@127.0.0.1:1/"}
    refused = project.run(*command, "-k", "moves", "-p", "no:xdist", **nowhere)
    assert refused.code == 1
    assert "the server for test databases, mysql+pymysql://root@127.0.0.1:1" in refused.out


def test_a_transaction_that_a_test_leaves_open(
    case: Callable[[str], UserProject], server_url: str
) -> None:
    project = case("tested")
    target = tables.target_of(sa.make_url(server_url))
    project.replace("alembic.ini", "# target = mariadb 10.11", f"target = {target}")
    project.write("tests/test_shop.py", LEAVES_OPEN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "stillroom.pytest_plugin", "tests"]
    done = project.run(
        *command,
        "-p",
        "no:xdist",
        PYTHONPATH="scripts",
        STILLROOM_SERVER=server_url,
        PYTEST_ADDOPTS="",
    )
    assert done.code == 1
    assert "A test has left a transaction open. End it: rollback(), close()." in done.out
    for name in _left(server_url):
        _execute(server_url, f"DROP DATABASE `{name}`")


def _left(server_url: str) -> list[str]:
    return [str(row[0]) for row in _execute(server_url, "SHOW DATABASES LIKE 'stillroom_test_%%'")]


def _execute(server_url: str, statement: str) -> list[sa.Row[tuple[object, ...]]]:
    engine = sa.create_engine(server_url)
    try:
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return list(result.all()) if result.returns_rows else []
    finally:
        engine.dispose()
