"""Fixtures for the tests of a project: databases at head, and just before a revision.

pytest finds them by the entry point of the package. A test that asks for none costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import stillroom

if TYPE_CHECKING:
    from sqlalchemy import URL

_SERVER = "STILLROOM_SERVER"
_LONGEST_NAME = 64
_WAIT_S = 10  # for a transaction that holds a table of a database which is dropped


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a run may choose: the server, and whether databases are kept for the next run."""
    group = parser.getgroup("stillroom")
    group.addoption(
        "--stillroom-server",
        metavar="URL",
        default=os.environ.get(_SERVER, ""),
        help=f"the server for test databases, as a URL without a database, instead of {_SERVER};"
        " without both a private one is started, as by `stillroom db-start`",
    )
    group.addoption(
        "--stillroom-reuse",
        action="store_true",
        help="keep the database of `migrated_database`, and use it again while schema.sql is the"
        " same",
    )


@dataclass(frozen=True)
class RevisionDatabase:
    """A database just before ``revision``: put rows in by its ``url``, then ``run()``."""

    url: str
    revision: str
    root: Path

    def run(self) -> None:
        """Run that one revision."""
        _run(self.root, self.url, "upgrade", self.revision)


@pytest.fixture(scope="session")
def stillroom_server(pytestconfig: pytest.Config) -> str:
    """The URL, without a database, of the server for test databases."""
    given = str(pytestconfig.getoption("--stillroom-server"))
    if given:
        return given
    root = _root(pytestconfig)
    for line in _run(root, "", "db-start").splitlines():
        if line.startswith("DB_URL="):
            url = line.removeprefix("DB_URL=").strip("'\"")
            return url.rpartition("/")[0] + "/"
    pytest.fail("stillroom db-start has printed no DB_URL", pytrace=False)


@pytest.fixture(scope="session")
def migrated_database(pytestconfig: pytest.Config, stillroom_server: str) -> Iterator[str]:
    """The URL of a database at head, one for each worker of pytest-xdist; dropped at the end.

    It is loaded from ``schema.sql``; without that file, or where rows are missing from it, the
    revisions are run. Roll back what a test changes.
    """
    from stillroom.snapshot.writing import UNKNOWN

    root = _root(pytestconfig)
    text = _snapshot(root)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    reuse = bool(pytestconfig.getoption("--stillroom-reuse")) and bool(text)
    name = _name("head", digest if reuse else str(os.getpid()), _worker())
    with _database(stillroom_server, name, keep=reuse) as url:
        complete = text and f"\n{UNKNOWN}" not in text
        _run(root, url, "load" if complete else "upgrade")
        yield url


@pytest.fixture
def at_revision(
    pytestconfig: pytest.Config, stillroom_server: str
) -> Iterator[Callable[[str], RevisionDatabase]]:
    """Makes a database as it is just before a revision, to test what that does to rows."""
    root = _root(pytestconfig)
    with ExitStack() as stack:

        def make(revision: str) -> RevisionDatabase:
            name = _name("at", revision, _worker(), str(os.getpid()))
            url = stack.enter_context(_database(stillroom_server, name))
            for parent in _parents(root, revision):
                _run(root, url, "upgrade", parent)
            return RevisionDatabase(url, revision, root)

        yield make


def _worker() -> str:
    """The name of this worker; without pytest-xdist there is one."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _root(config: pytest.Config) -> Path:
    """The project: where alembic.ini is."""
    places = (config.rootpath, config.invocation_params.dir)
    return next((place for place in places if (place / "alembic.ini").exists()), config.rootpath)


def _snapshot(root: Path) -> str:
    """The text of the project's snapshot; empty if there is none."""
    from stillroom.project.project import alembic_config
    from stillroom.project.settings import load
    from stillroom.snapshot.history import beside

    file = root / beside(alembic_config(load(root)))
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _parents(root: Path, revision: str) -> tuple[str, ...]:
    """What a revision follows and depends on."""
    from alembic.script import Script, ScriptDirectory
    from alembic.util import CommandError, to_tuple

    from stillroom.project.project import alembic_config
    from stillroom.project.settings import load

    try:
        scripts = ScriptDirectory.from_config(alembic_config(load(root)))
        script = scripts.get_revision(revision)
    except CommandError as error:
        pytest.fail(f"at_revision({revision!r}): {error}", pytrace=False)
    assert isinstance(script, Script)
    parents = (script.down_revision, script.dependencies)
    return tuple(str(name) for below in parents for name in to_tuple(below, default=()))


def _name(*parts: str) -> str:
    return "_".join(("stillroom_test", *parts))[:_LONGEST_NAME]


@contextmanager
def _database(server: str, name: str, *, keep: bool = False) -> Iterator[str]:
    """A new database on the server; one that was kept is used as it is."""
    from sqlalchemy import make_url

    url = make_url(server)
    _execute(url, f"CREATE DATABASE IF NOT EXISTS `{name}`")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        if not keep:
            _execute(url, f"DROP DATABASE IF EXISTS `{name}`")


def _execute(server: URL, statement: str) -> None:
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.exc import SQLAlchemyError

    from stillroom.catalog import error_numbers as er

    engine = create_engine(server.set(drivername="mysql+pymysql"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_WAIT_S}")
            connection.exec_driver_sql(statement)
    except SQLAlchemyError as error:
        shown, number = server.render_as_string(), getattr(error, "orig", error).args[:1]
        left = number == (er.LOCK_WAIT_TIMEOUT,)
        hint = "\nA test has left a transaction open. End it: rollback(), close()." if left else ""
        pytest.fail(f"the server for test databases, {shown}: {error}{hint}", pytrace=False)


def _run(root: Path, url: str, verb: str, *arguments: str) -> str:
    """Run a verb on the database, in a process of its own; returns what it prints."""
    path = os.pathsep.join(
        filter(None, (str(Path(stillroom.__file__).parents[1]), os.environ.get("PYTHONPATH")))
    )
    done = subprocess.run(
        [sys.executable, "-P", "-m", "stillroom", verb, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path, **({"DB_URL": url} if url else {})},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        pytest.fail(f"the verb {verb} failed: {done.stderr or done.stdout}", pytrace=False)
    return done.stdout
