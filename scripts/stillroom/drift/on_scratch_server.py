"""An exact check of what cannot be replayed, in databases of its own on a real server.

`SCRATCH_URL` names the server. Two databases are created, one for the revisions and one for the
models, compared, and dropped again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, MetaData, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from stillroom.catalog import Catalog, Target
from stillroom.drift.comparison import differences
from stillroom.drift.declarations import declarations
from stillroom.drift.models import metadata_of, wanted_tables
from stillroom.drift.report import finding
from stillroom.drift.server_catalog import catalog_of
from stillroom.drift.verdict import CANNOT_TELL, CLEAN, DRIFT, Verdict
from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.project import alembic_internals
from stillroom.project.server_urls import connected, server_url
from stillroom.replay.alembic_project import explained, opened


def check_on_server(
    config: Config,
    scratch_url: str,
    target: Target,
    metadata: MetaData | Sequence[MetaData] | None = None,
) -> Verdict:
    """The verdict of a real upgrade beside a real ``create_all()``; cannot tell if they fail.

    The process is changed while it runs: every engine for MySQL or MariaDB reaches the scratch
    databases, whatever its URL.
    """
    url = server_url("SCRATCH_URL", scratch_url)
    with connected("SCRATCH_URL", url):
        pass  # before the process is changed: what cannot be reached is told as of DB_URL
    with opened(config) as project:
        try:
            with _database(url) as upgraded, _database(url) as created:
                _upgrade(project.config, project.scripts, upgraded, created, metadata_of(metadata))
                history, models = _read(upgraded, target), _read(created, target)
        except (SQLAlchemyError, CannotTell) as error:
            return Verdict(CANNOT_TELL, target, reason=explained(error, project))
        found = differences(_without_version_table(history, models), models)
        places = declarations(project.root, {one.table for one in found})
        fallback = shown(project.env_py)
        return Verdict(
            DRIFT if found else CLEAN,
            target,
            findings=tuple(finding(one, places, fallback) for one in found),
            differences=tuple(found),
            revisions=len(list(project.scripts.walk_revisions())),
            history=history,
            models=models,
        )


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
            raise CannotTell(f"a scratch check reaches no {dialect.name}")
        arguments[:], found = dialect.create_connect_args(url)
        options.clear()
        options.update(found)

    event.listen(Engine, "do_connect", connect)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", connect)


def _upgrade(
    config: Config,
    scripts: ScriptDirectory,
    upgraded: URL,
    created: URL,
    given: list[MetaData],
) -> None:
    """Run the revisions in one database, then the models' ``create_all()`` in the other."""
    tables: list[Any] = []

    def steps(heads: tuple[str, ...], context: MigrationContext) -> Any:
        metadata = given or metadata_of(context.opts.get("target_metadata"))
        tables.extend(wanted_tables(metadata, context))
        return alembic_internals.upgrade_steps(scripts, "heads", heads)

    with _redirected(upgraded), EnvironmentContext(config, scripts, fn=steps):
        scripts.run_env()
    engine = create_engine(created)
    try:
        with engine.begin() as connection:
            for one in {table.metadata: None for table in tables}:
                wanted = [table for table in tables if table.metadata is one]
                one.create_all(connection, tables=wanted)
    finally:
        engine.dispose()


def _read(url: URL, target: Target) -> Catalog:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return catalog_of(connection, target)
    finally:
        engine.dispose()


def _without_version_table(history: Catalog, models: Catalog) -> Catalog:
    """The history's catalog less the tables that only Alembic has made."""
    schema = history.schema()
    own = [name for name in schema.tables if name.startswith("alembic_version")]
    for name in own:
        if name not in models.tables():
            schema = schema.without_table(name)
    return history.with_schema(schema)
