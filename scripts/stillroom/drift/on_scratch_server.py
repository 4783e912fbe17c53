"""Checks what cannot be replayed in a database of its own on a real server.

`SCRATCH_URL` names the server. The revisions are run there, and the tables that they make are
compared with the models as those of a replay are: by the same code, with the same verdict.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from stillroom.drift.server_catalog import catalog_of
from stillroom.errors import CannotTell
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.servers.server_urls import connected, server_url
from stillroom.replay.alembic_project import explained
from stillroom.replay.history import History
from stillroom.replay.server import State


def upgraded(history: History, scratch_url: str) -> State:
    """What the revisions make on the server, with what was accepted at their heads.

    The process is changed while they run: every engine for MySQL or MariaDB reaches the scratch
    database, whatever its URL. So nothing of the project may have been imported, and nothing else
    may be done with this history. Raises CannotTell if the revisions fail, StillroomError if
    there is no such server.
    """
    url = server_url("SCRATCH_URL", scratch_url)
    with connected("SCRATCH_URL", url):
        pass  # before the process is changed: what cannot be reached is told as of DB_URL
    project = history.project

    def steps(heads: tuple[str, ...], context: MigrationContext) -> Any:
        return alembic_internals.upgrade_steps(project.scripts, "heads", heads)

    try:
        with _database(url) as database:
            _begin(database, history)
            with (
                _redirected(database),
                EnvironmentContext(project.config, project.scripts, fn=steps),
            ):
                project.scripts.run_env()
            with connected("SCRATCH_URL", database) as connection:
                catalog = catalog_of(connection, history.target)
    except SQLAlchemyError as error:
        raise explained(error, project) from error
    return history.accepting(State(catalog), frozenset(project.scripts.get_heads()))


def _begin(url: URL, history: History) -> None:
    """Make the tables that are there before the first revision."""
    with connected("SCRATCH_URL", url) as connection:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        for table in history.empty.catalog.tables().values():
            connection.exec_driver_sql(table.create_statement.replace("%", "%%"))


@contextmanager
def _database(server: URL) -> Iterator[URL]:
    name = f"stillroom_scratch_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield server.set(database=name)
        finally:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name}")
    finally:
        engine.dispose()


@contextmanager
def _redirected(url: URL) -> Iterator[None]:
    """Every connection to MySQL or MariaDB goes to ``url``; to anything else there is none."""

    def connect(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if dialect.name not in ("mysql", "mariadb"):
            raise CannotTell(f"a check on a scratch server does not connect to {dialect.name}")
        arguments[:], others = dialect.create_connect_args(url)
        options.clear()
        options.update(others)

    event.listen(Engine, "do_connect", connect)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", connect)
