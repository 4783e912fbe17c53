"""Asks the project's own connection about its database."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from stillroom.apply import env_runner, half_applied, preflight
from stillroom.apply.connection import Raw
from stillroom.apply.inspector import reach, refuse_half_applied
from stillroom.apply.server import Server
from stillroom.errors import StillroomError
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import alembic_config, make_importable
from stillroom.staged.workspace import load_settings


@dataclass(frozen=True)
class Live:
    """A database as env.py reaches it: its server, its revisions, its tables' definitions."""

    kind: str  # mariadb, mysql or sqlite
    version: str  # 10.11.19
    database: str
    heads: tuple[str, ...]
    version_table: str
    tables: dict[str, str]  # by name, as SHOW CREATE TABLE prints them
    driver: str = ""
    problems: tuple[str, ...] = ()  # messages, with their remedies
    unknown: str = ""  # a message, if it is at a revision that no file here has
    lacks: tuple[str, ...] = ()  # privileges that only some commands need

    @property
    def is_stamped(self) -> bool:
        """Whether Alembic has noted a revision there."""
        return bool(self.heads)

    @property
    def own_tables(self) -> dict[str, str]:
        """The tables without what Alembic and Stillroom keep for themselves."""
        return {
            name: text
            for name, text in self.tables.items()
            if name != self.version_table and not name.startswith("stillroom_journal")
        }


def ask(root: Path) -> tuple[list[Live], str]:
    """Each database that env.py of the project at ``root`` configures; or none, and why."""
    try:
        return in_fresh_process(partial(_look, root)), ""
    except StillroomError as error:
        return [], str(error)


def stamp(root: Path, heads: Sequence[str]) -> None:
    """Note ``heads`` in the database of the project, as ``alembic stamp`` does.

    Raises StillroomError if that cannot be done.
    """
    in_fresh_process(partial(_look, root, heads))


def _look(root: Path, heads: Sequence[str] = ()) -> list[Live]:
    """What is there, once ``heads`` are noted."""
    settings = load_settings(root)
    os.environ.update(settings.environment)
    make_importable(settings)
    databases: list[Live] = []

    def work(context: MigrationContext, proceed: Callable[[], None]) -> None:
        if heads:
            refuse_half_applied(context, f"stamp {' '.join(heads)}")
            proceed()
        databases.append(_read(context, str(settings.target or "")))

    def steps(current: Sequence[str], context: MigrationContext) -> Sequence[object]:
        assert context.script is not None
        return alembic_internals.stamp_steps(context.script, heads, current) if heads else ()

    logging.disable()  # env.py may have Alembic tell what it connects to
    with redirect_stdout(StringIO()):
        env_runner.run(alembic_config(settings), work, steps)
    return databases


def _read(context: MigrationContext, target: str) -> Live:
    assert context.connection is not None
    raw, server, journal = reach(context)
    heads = context.get_current_heads()
    problems = [str(problem) for problem in preflight.server_problems(server, raw, target)]
    if server.is_mysql and server.database:
        interrupted = half_applied.find(journal.read(raw) if journal.look(raw) else [])
        if interrupted is not None:
            problems.append(str(half_applied.refuse(interrupted, "upgrade")))
    return Live(
        server.kind,
        server.version,
        server.database,
        tuple(heads),
        context.version_table,
        _tables(context.connection) if server.is_mysql and server.database else {},
        context.dialect.driver,
        tuple(problems),
        _unknown(context, heads),
        tuple(sorted(_lacking(raw, server))) if server.is_mysql else (),
    )


def _tables(connection: Connection) -> dict[str, str]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    listed = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    names = [row[0] for row in listed]
    tables = {}
    for name in names:
        statement = f"SHOW CREATE TABLE {quote(name)}".replace("%", "%%")
        tables[name] = connection.exec_driver_sql(statement).one()[1]
    return tables


def _unknown(context: MigrationContext, heads: Sequence[str]) -> str:
    assert context.script is not None
    try:
        preflight.check_heads(context.script, tuple(heads))
    except StillroomError as unknown:
        return str(unknown)
    return ""


def _lacking(raw: Raw, server: Server) -> set[str]:
    grants = [str(row[0]) for row in raw.execute("SHOW GRANTS")]
    return preflight.missing_privileges(grants, server, preflight.OPTIONAL_PRIVILEGES)
