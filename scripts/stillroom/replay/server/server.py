"""Answers statements as MySQL or MariaDB would, from a catalog and the rows that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn, Protocol
from weakref import WeakSet

from stillroom.catalog import Catalog, Session, execute
from stillroom.catalog.parser.statement_kinds import StatementKind, kind
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.project.call_site import CallSites
from stillroom.replay.server import variables
from stillroom.replay.server.refusals import Refusals, or_scratch
from stillroom.replay.server.results import Call
from stillroom.replay.server.state import CallListener, ExecutedStatement, Listener, State

_LONGEST_SHOWN = 100
_DATA_ONLY = "If the revision changes only rows, mark it with the comment `# stillroom: data-only`"
_PLAIN_DDL = "Write it as operations of Alembic, or as plain DDL"
_PLAIN_STATEMENTS = (
    "Write what it runs as operations of Alembic or as plain statements,\n"
    "or, if the revision changes only rows, mark it with the comment `# stillroom: data-only`"
)
_CHANGES_TABLES = re.compile(r"\b(CREATE|ALTER|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
# A loop that waits for something never ends here: nobody else works on this server.
_MOST_REPEATS = 1_000
_MOST_QUERIES = 100_000


class Connected(Protocol):
    """A client, of whom a server knows that it has a session."""

    session: Session


class Server(Refusals):
    """Answers statements as the catalog's target would.

    ``listener`` hears of every statement but queries, ``call_listener`` of every call of a
    cursor, after its statements. What cannot be answered raises CannotTell, from then on for
    every statement.
    """

    def __init__(
        self,
        state: State | Catalog,
        *,
        call_sites: CallSites | None = None,
        listener: Listener | None = None,
        call_listener: CallListener | None = None,
        settings: Sequence[str] = (),
    ) -> None:
        self.settings = settings  # the statements that each session begins with
        self.state = State(state) if isinstance(state, Catalog) else state
        self.first = self.state
        self.clients: WeakSet[Connected] = WeakSet()
        super().__init__(call_sites)
        self.listener = listener
        self._call_listener = call_listener
        # Whether code that looks at the key of a new row, or at how many rows a statement has
        # changed, is to be stopped where these are not known; else it gets None and -1.
        self.hides_unknown_results = False
        self.database: str | None = None  # what the project calls the default schema
        self._host = ""
        self._places: dict[str, tuple[str, str]] = {}  # of the other schemas: database and host
        self._last_query: tuple[str, State] | None = None
        self._repeats = 0
        self._queries = 0

    @property
    def catalog(self) -> Catalog:
        """What DDL has made so far."""
        return self.state.catalog

    @property
    def version(self) -> str:
        """What ``SELECT VERSION()`` gives."""
        return variables.version(self.catalog.target)

    def schema_of(self, database: str, host: str = "") -> str:
        """The schema of a database that somebody connects to, which exists from then on.

        The first one is the default schema. One of the same name on another host is another one.
        """
        if self.database is None:
            self.database, self._host = database, host
        if database == self.database:
            if host == self._host:
                return DEFAULT_SCHEMA
            name = f"{database}@{host}"
        else:
            name = database
        self._places[name] = database, host
        self.add_database(name)
        return name

    @contextmanager
    def databases_kept(self) -> Iterator[None]:
        """What the block says in USE does not outlast it."""
        before = [(client, client.session.schema) for client in self.clients]
        yield
        for client, schema in before:
            if client.session.schema != schema:
                client.session = client.session.with_changes(schema=schema)

    def make_default(self, schema: str) -> None:
        """Let the database that is called ``schema`` be the one that is the default schema."""
        self.database, self._host = self._places.get(schema, (schema, ""))

    def add_database(self, name: str) -> None:
        """Let a database be there: a history does not make the databases that it works in."""
        if name not in self.catalog.schemas:
            quoted = name.replace("`", "``")
            session = Session.default(self.catalog.target)
            created = execute(self.catalog, f"CREATE DATABASE `{quoted}`", session)
            self.state = State(created.catalog, self.state.rows)

    def refuse_statement(self, sql: str, reason: Exception) -> NoReturn:
        """Stop the replay at a statement that it cannot run or answer."""
        self.refuse(f"cannot replay {_short(sql)}: {reason}", or_scratch(_remedy(sql)))

    def refuse_unknown(self, what: str) -> NoReturn:
        """Stop the replay because a value that only a server knows is looked at."""
        self.refuse(what, or_scratch(_DATA_ONLY))

    def report_statement(self, statement: ExecutedStatement) -> None:
        """Tell the listener, if there is one."""
        if self.listener is not None:
            self.listener(statement)

    def report_call(self, call: Call) -> None:
        """Tell the listener of calls, if there is one."""
        if self._call_listener is not None:
            self._call_listener(call)

    def count_query(self, sql: str) -> None:
        """Stop a loop that would never end, as nothing changes between its queries."""
        if self._last_query is None or self._last_query[1] is not self.state:
            self._queries = self._repeats = 0
        elif self._last_query[0] == sql:
            self._repeats += 1
        else:
            self._repeats = 0
        self._queries += 1
        self._last_query = (sql, self.state)
        if self._repeats > _MOST_REPEATS or self._queries > _MOST_QUERIES:
            what = f"{_short(sql)}: repeated without end, because its answer never changes"
            self.refuse(what, or_scratch(_DATA_ONLY))


def _remedy(sql: str) -> str:
    """What to do about a statement that cannot be replayed."""
    what = kind(sql)
    if what is StatementKind.ROUTINE:
        return _PLAIN_STATEMENTS
    changes_rows = what in (StatementKind.DML, StatementKind.SELECT)
    return _DATA_ONLY if changes_rows or not _CHANGES_TABLES.search(sql) else _PLAIN_DDL


def _short(sql: str) -> str:
    """A statement as a message shows it: in one line, cut if it is long."""
    line = " ".join(sql.split())
    return f"`{line if len(line) <= _LONGEST_SHOWN else line[:_LONGEST_SHOWN] + '…'}`"
