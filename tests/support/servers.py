"""Real servers for the tests: given ones, or one that is started here and stopped again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from stillroom.catalog import Target
from stillroom.project.servers.dev_server import LocalServer, find_program

GIVEN = "STILLROOM_TEST_URLS"
LOCAL = "local"


def names() -> list[str]:
    """What the server tests run on: URLs without a database, or ``"local"`` for a started one."""
    return os.environ.get(GIVEN, "").split() or [LOCAL]


@contextlib.contextmanager
def all_urls(*, durable: bool = False) -> Iterator[list[str]]:
    """The servers that the tests run on; one is started if none is given."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(local_server(durable=durable)) if name == LOCAL else name
            for name in names()
        ]


@contextlib.contextmanager
def local_server(*, durable: bool = False) -> Iterator[str]:
    """A server of our own: an installed program, else Docker, else Debian's package."""
    if find_program() is None and _docker_answers():
        with _container() as url:
            yield url
        return
    if find_program() is None:
        _install()
    # The path of a socket has room for some 100 bytes: pytest's own folders are too long.
    with tempfile.TemporaryDirectory(prefix="stillroom-") as folder:
        server = LocalServer(Path(folder) / "server", durable)
        # One after the other: two workers would find the same port free.
        with Path(tempfile.gettempdir(), f"stillroom-tests-{os.getuid()}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server.start()
        try:
            yield server.url()
        finally:
            server.stop()


@contextlib.contextmanager
def database(server_url: str) -> Iterator[sa.URL]:
    """A new, empty database on the server; it is dropped again."""
    name = f"stillroom_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server_url, poolclass=sa.NullPool)  # the server may die meanwhile
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server_url).set(database=name)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}")
        engine.dispose()


def execute(url: sa.URL, *statements: str) -> None:
    """Run statements in one transaction."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def target_of(server_url: str | sa.URL) -> Target:
    """The target that a server is."""
    engine = sa.create_engine(server_url)
    with engine.connect() as connection:
        version = str(connection.exec_driver_sql("SELECT VERSION()").scalar())
    engine.dispose()
    family = "mariadb" if "MariaDB" in version else "mysql"
    return Target.parse(f"{family} {'.'.join(version.split('.')[:2])}")


def show_create(url: sa.URL) -> dict[str, str]:
    """``SHOW CREATE TABLE`` of every table of the database, but for Alembic's own."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        tables = sorted(sa.inspect(connection).get_table_names())
        texts = {
            table: connection.exec_driver_sql(f"SHOW CREATE TABLE `{table}`").one()[1]
            for table in tables
            if table != "alembic_version"
        }
    engine.dispose()
    return texts


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def _container() -> Iterator[str]:
    from testcontainers.mysql import MySqlContainer

    with MySqlContainer("mariadb:11.8", dialect="pymysql") as container:
        yield container.get_connection_url()


def _install() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise RuntimeError(
            "The tests need a MariaDB or MySQL server, and none is here. Install one "
            "(apt-get install --no-install-recommends mariadb-server), start Docker, or set "
            f"{GIVEN} to the URLs of servers. `make test-unit` runs the tests that need none."
        )
    print("installing mariadb-server for the tests", file=sys.stderr)
    # Debian would start a server of its own right away, on the port of everybody's server.
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "mariadb-server"],
    ):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
