"""Runs what cannot be replayed in a database of its own on a real server.

`SCRATCH_URL` names the server. What its revisions make there takes the place of what a replay of
them would: it is compared, planned, linted and printed by the same code.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import update_wrapper
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, create_engine, event, literal, select
from sqlalchemy import table as table_clause
from sqlalchemy.exc import SQLAlchemyError

from stillroom.catalog import Catalog, Target
from stillroom.catalog.parser.statement_kinds import StatementKind, kind
from stillroom.catalog.target import family_and_version
from stillroom.drift.server_catalog import catalog_of
from stillroom.errors import CannotTell
from stillroom.findings import Place, shown
from stillroom.project.alembic_env.env_runner import run_env
from stillroom.project.servers.server_urls import connected, server_url
from stillroom.replay.alembic_project import AlembicProject, explained
from stillroom.replay.history import History, heads_of
from stillroom.replay.scratch import ReplayedStatement, ScratchRun, at_heads
from stillroom.replay.server import State
from stillroom.replay.steps import step_of

PREFIX = "stillroom_scratch_"  # of the databases that are made there
_READS = frozenset({StatementKind.SELECT, StatementKind.SHOW, StatementKind.EMPTY})
_KEEPS_TABLES = frozenset({StatementKind.DML, StatementKind.SESSION, StatementKind.TRANSACTION})
_WAIT = 10  # seconds for a table that a revision has locked


def run_revisions(
    history: History, scratch_url: str, order: tuple[str, ...], told: frozenset[str]
) -> ScratchRun:
    """What the revisions ``order`` make on the server; of those in ``told``, every statement.

    The process is changed while they run: every engine for MySQL or MariaDB reaches the scratch
    database, whatever its URL. So nothing of the project may have been imported, and nothing else
    may be done with this history. Raises CannotTell if the revisions fail, StillroomError if
    there is no such server.
    """
    url = server_url("SCRATCH_URL", scratch_url)
    with connected("SCRATCH_URL", url) as connection:  # told as of DB_URL, before anything changes
        server = _server(connection, history.target)
    project = history.project
    try:
        with (
            _database(url) as database,
            connected("SCRATCH_URL", database) as connection,
        ):
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            _begin(connection, history)
            connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_WAIT}")
            run = _Run(history, connection, server, order, told)
            with _redirected(database), run.heard():
                run_env(project.config, project.scripts, run.steps)
            state = history.accepting(run.state(), frozenset(run.heads))
    except SQLAlchemyError as error:
        raise explained(error, project) from error
    return ScratchRun(state, tuple(run.statements), run.states)


def _server(connection: Connection, target: Target) -> str:
    """The server in words. Raises CannotTell if it is of another family than the target."""
    text = str(connection.exec_driver_sql("SELECT VERSION()").scalar_one())
    family, number = family_and_version(text)
    if family != target.family:
        raise CannotTell(
            f"names a {family} {number}, and the revisions are for {target}",
            where="SCRATCH_URL",
            fix=f"Let it name a server of {target}, or change target in alembic.ini",
        )
    return f"{family} {number}"


@dataclass
class _Run:
    """One run of the revisions, and what was seen of it by a connection of our own."""

    history: History
    connection: Connection
    server: str
    order: tuple[str, ...]
    told: frozenset[str]
    statements: list[ReplayedStatement] = field(default_factory=list)
    states: dict[str, State] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    current: str = ""
    before: Catalog | None = None
    configured: bool = False

    @property
    def project(self) -> AlembicProject:
        return self.history.project

    def steps(self, heads: tuple[str, ...], context: MigrationContext) -> list[Any]:
        """The revisions that are wanted, for one configuration of Alembic."""
        if self.configured:
            raise CannotTell(
                "configures Alembic for several databases, and a scratch server is for one",
                where=shown(self.project.env_py),
                fix="Replay the revisions instead: run it with SCRATCH_URL= (empty)",
            )
        self.configured = True
        passed = self.history.origin.passed
        self.heads = tuple(heads_of([self.history.revisions[name] for name in passed]))
        order = [name for name in self.order if name not in passed]
        steps = [step_of(self.project.scripts, name) for name in order]
        for step in steps:
            self._watch(step)
        return steps

    def _watch(self, step: Any) -> None:
        own: Callable[..., None] = step.migration_fn
        name = step.revision.revision

        def migrate(**options: Any) -> None:
            self.heads = self._heads_behind(name)
            if name not in self.told:
                own(**options)
                return
            self.current, self.before = name, self.catalog()
            try:
                own(**options)
            finally:
                self.current = ""
            self.states[name] = self.state()

        step.migration_fn = update_wrapper(migrate, own)  # Alembic logs its name

    def _heads_behind(self, name: str) -> tuple[str, ...]:
        parents = self.history.revisions[name].source.down_revision
        return (*(head for head in self.heads if head not in parents), name)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Note what the revisions send."""

        def after(_: Any, cursor: Any, statement: str, *__: Any) -> None:
            if self.current:
                sent = getattr(cursor, "_executed", None) or statement
                text = sent.decode("utf-8", "replace") if isinstance(sent, bytes) else str(sent)
                self._note(text, self.project.call_sites.here())

        event.listen(Engine, "after_cursor_execute", after)
        try:
            yield
        finally:
            event.remove(Engine, "after_cursor_execute", after)

    def _note(self, sql: str, place: Place | None) -> None:
        what = kind(sql)
        if what in _READS:
            return
        before = self.before or self.catalog()
        name, self.current = self.current, ""  # our own statements are no part of it
        after = before if what in _KEEPS_TABLES else self.catalog()
        self.current, self.before = name, after
        self.statements.append(ReplayedStatement(name, True, place, sql, what.value, before, after))

    def catalog(self) -> Catalog:
        """The tables as they are now."""
        return catalog_of(self.connection, self.history.target)

    def state(self) -> State:
        """All that is known of the database now: its tables, its revision, which are empty."""
        catalog = self.catalog()
        names = [name for name in catalog.tables() if self._holds_rows(name)]
        return replace(at_heads(catalog, self.heads, names), server=self.server)

    def _holds_rows(self, table: str) -> bool:
        with suppress(SQLAlchemyError):  # it may be locked
            query = select(literal(1)).select_from(table_clause(table)).limit(1)
            return self.connection.execute(query).first() is not None
        return True


def _begin(connection: Connection, history: History) -> None:
    """Make the tables that are there before the first revision."""
    connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
    for table in history.empty.catalog.tables().values():
        connection.exec_driver_sql(table.create_statement.replace("%", "%%"))


@contextmanager
def _database(server: URL) -> Iterator[URL]:
    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
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

    def name(connection: Connection) -> None:  # for revisions that ask it for the database
        connection.engine.url = connection.engine.url.set(database=url.database)

    event.listen(Engine, "do_connect", connect)
    event.listen(Engine, "engine_connect", name)
    try:
        yield
    finally:
        event.remove(Engine, "engine_connect", name)
        event.remove(Engine, "do_connect", connect)
