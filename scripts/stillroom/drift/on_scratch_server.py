"""Runs what cannot be replayed in databases of its own on a real server.

`SCRATCH_URL` names the server. What its revisions make there takes the place of what a replay of
them would: it is compared, planned, linted and printed by the same code.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import update_wrapper
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, literal, select
from sqlalchemy import table as table_clause
from sqlalchemy.exc import SQLAlchemyError

from stillroom.catalog import Catalog, Target
from stillroom.catalog.parser.statement_kinds import StatementKind, kind
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.target import family_and_version
from stillroom.drift.server_catalog import catalog_of
from stillroom.errors import CannotTell
from stillroom.findings import Place
from stillroom.project.alembic_env.env_runner import run_env
from stillroom.project.servers.server_urls import connected, server_url
from stillroom.replay.alembic_project import AlembicProject, explained
from stillroom.replay.databases import joined
from stillroom.replay.history import History, heads_of
from stillroom.replay.scratch import ReplayedStatement, ScratchRun, at_heads
from stillroom.replay.server import State
from stillroom.replay.server.urls import STAND_IN
from stillroom.replay.steps import step_of

PREFIX = "stillroom_scratch_"  # of the databases that are made there
_READS = frozenset({StatementKind.SELECT, StatementKind.SHOW, StatementKind.EMPTY})
_KEEPS_TABLES = frozenset({StatementKind.DML, StatementKind.SESSION, StatementKind.TRANSACTION})
_SETS_OPTION = re.compile(rb"\bset_(?:main|section)_option\(")
_WAIT = 10  # seconds for a table that a revision has locked


def run_revisions(
    history: History, scratch_url: str, order: tuple[str, ...], told: frozenset[str]
) -> ScratchRun:
    """What the revisions ``order`` make on the server; of those in ``told``, every statement.

    The process is changed while they run: every engine for MySQL or MariaDB reaches a scratch
    database, one for each that the project names, whatever the server in its URL. So nothing of
    the project may have been imported, and nothing else may be done with this history. Raises
    CannotTell if the revisions fail, StillroomError if there is no such server.
    """
    url = server_url("SCRATCH_URL", scratch_url)
    with connected("SCRATCH_URL", url) as connection:  # told as of DB_URL, before anything changes
        server = _server(connection, history.target)
    project = history.project
    _leave_url_to_env(project)
    try:
        with _Databases.on(url) as databases, databases.redirected():
            run = _Run(history, databases, server, order, told)
            with run.heard():
                run_env(project.config, project.scripts, run.steps)
            state = history.accepting(run.state(), run.heads)
    except SQLAlchemyError as error:
        raise explained(error, project) from error
    return ScratchRun(state, tuple(run.statements), run.states)


def _leave_url_to_env(project: AlembicProject) -> None:
    """Take the stand-in's URL away where env.py has one of its own: its engine may be async."""
    config = project.config
    is_stand_in = config.get_main_option("sqlalchemy.url") == STAND_IN.render_as_string()
    if is_stand_in and _SETS_OPTION.search(project.env_py.read_bytes()):
        config.file_config.remove_option(config.config_ini_section, "sqlalchemy.url")


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
class _Database:
    """A database that env.py works in: our own connection to it, and where it stands."""

    connection: Connection
    heads: tuple[str, ...]


@dataclass
class _Run:
    """One run of the revisions, and what was seen of it by connections of our own."""

    history: History
    scratch: _Databases
    server: str
    order: tuple[str, ...]
    told: frozenset[str]
    statements: list[ReplayedStatement] = field(default_factory=list)
    states: dict[str, State] = field(default_factory=dict)
    databases: dict[str, _Database] = field(default_factory=dict)  # by their schema in catalogs
    current: str = ""
    before: Catalog | None = None

    @property
    def project(self) -> AlembicProject:
        return self.history.project

    @property
    def heads(self) -> frozenset[str]:
        """Where the revisions have led to, in whichever database."""
        return frozenset(head for database in self.databases.values() for head in database.heads)

    def steps(self, heads: tuple[str, ...], context: MigrationContext) -> list[Any]:
        """The revisions that are wanted, for one configuration of Alembic."""
        passed = self.history.origin.passed
        begun = tuple(heads_of([self.history.revisions[name] for name in passed]))
        database = self._database(context, begun)
        order = [name for name in self.order if name not in passed]
        steps = [step_of(self.project.scripts, name) for name in order]
        for step in steps:
            self._watch(step, database)
        return steps

    def _database(self, context: MigrationContext, heads: tuple[str, ...]) -> _Database:
        """The database of a configuration; the first one is that which the models are for."""
        assert context.connection is not None
        name = self.scratch.name_of(context.connection.engine.url)
        first = not self.databases
        schema = DEFAULT_SCHEMA if first or name == self.scratch.first else name
        if first:
            self.scratch.first = name
        if schema not in self.databases:
            connection = self.scratch.connection(name)
            if first:
                _begin(connection, self.history)
            connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_WAIT}")
            self.databases[schema] = _Database(connection, heads)
        return self.databases[schema]

    def _watch(self, step: Any, database: _Database) -> None:
        own: Callable[..., None] = step.migration_fn
        name = step.revision.revision

        def migrate(**options: Any) -> None:
            parents = self.history.revisions[name].source.down_revision
            database.heads = (*(head for head in database.heads if head not in parents), name)
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

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Note what the revisions send."""

        def after(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
            if self.current and not self.scratch.is_own(connection.dialect):
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
        target = self.history.target
        states = {
            schema: State(catalog_of(database.connection, target))
            for schema, database in self.databases.items()
        }
        return joined(states).catalog

    def state(self) -> State:
        """All that is known of the databases now: tables, revision, which tables are empty."""
        if not self.databases:
            return replace(self.history.empty, server=self.server)
        states = {}
        for schema, database in self.databases.items():
            catalog = catalog_of(database.connection, self.history.target)
            filled = [name for name in catalog.tables() if _holds_rows(database.connection, name)]
            states[schema] = at_heads(catalog, database.heads, filled)
        return replace(joined(states), server=self.server)


def _holds_rows(connection: Connection, table: str) -> bool:
    with suppress(SQLAlchemyError):  # it may be locked
        query = select(literal(1)).select_from(table_clause(table)).limit(1)
        return connection.execute(query).first() is not None
    return True


def _begin(connection: Connection, history: History) -> None:
    """Make the tables that are there before the first revision."""
    connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
    for table in history.empty.catalog.tables().values():
        connection.exec_driver_sql(table.create_statement.replace("%", "%%"))


@dataclass
class _Databases:
    """The databases on the server, each in place of one that the project names in a URL."""

    server: Engine
    stack: ExitStack
    first: str = ""  # the project's name of the one that env.py has worked in first
    made: dict[str, Engine] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def on(cls, url: URL) -> Iterator[_Databases]:
        """Those on the server of ``url``; they are dropped at the end."""
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with ExitStack() as stack:
            yield cls(engine, stack)

    def is_own(self, dialect: Any) -> bool:
        """Whether a connection is one of ours, and not of the project."""
        return any(dialect is engine.dialect for engine in (self.server, *self.made.values()))

    def connection(self, name: str) -> Connection:
        """A connection of our own to the one in place of ``name``."""
        return self.stack.enter_context(self._in_place_of(name).connect())

    def name_of(self, url: URL) -> str:
        """What the project calls the database of a URL that has been redirected."""
        for name, engine in self.made.items():
            if url.database == engine.url.database:
                return name
        return url.database or ""

    @contextmanager
    def redirected(self) -> Iterator[None]:
        """Every connection to MySQL or MariaDB goes to one of them; to others there is none."""

        def connect(
            dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]
        ) -> None:
            if self.is_own(dialect):
                return
            if dialect.name not in ("mysql", "mariadb"):
                raise CannotTell(f"a check on a scratch server does not connect to {dialect.name}")
            name = str(options.get("database") or options.get("db") or "")
            url = self._in_place_of(name).url
            arguments[:], others = dialect.create_connect_args(url)
            options.clear()
            options.update(others)

        def rename(connection: Connection) -> None:  # for revisions that ask for the database
            if not self.is_own(connection.dialect):
                url = connection.engine.url
                database = self._in_place_of(url.database or "").url.database
                connection.engine.url = url.set(database=database)

        event.listen(Engine, "do_connect", connect)
        event.listen(Engine, "engine_connect", rename)
        try:
            yield
        finally:
            event.remove(Engine, "engine_connect", rename)
            event.remove(Engine, "do_connect", connect)

    def _in_place_of(self, name: str) -> Engine:
        """An engine for the one in place of ``name``, which is made when it is first asked for."""
        for own in self.made.values():
            if own.url.database == name:
                return own
        if name not in self.made:
            database = f"{PREFIX}{uuid.uuid4().hex[:12]}"
            self._send(f"CREATE DATABASE {database}")
            self.stack.callback(self._send, f"DROP DATABASE {database}")
            self.made[name] = create_engine(
                self.server.url.set(database=database),
                poolclass=NullPool,
                isolation_level="AUTOCOMMIT",
            )
        return self.made[name]

    def _send(self, sql: str) -> None:
        with self.server.connect() as connection:
            connection.exec_driver_sql(sql)
