"""Answers statements as MySQL or MariaDB would, from a catalog and the rows that are known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from stillroom.catalog import Catalog, DDLError, Session, Unsupported, execute, statements
from stillroom.catalog.catalog import Outcome
from stillroom.catalog.error_numbers import BAD_DB_ERROR
from stillroom.catalog.parser.statement_kinds import StatementKind, kind
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.findings import Place
from stillroom.project.call_site import CallSites
from stillroom.replay.server import variables
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.answers.select import select
from stillroom.replay.server.answers.show import show
from stillroom.replay.server.errors import server_error
from stillroom.replay.server.known_rows import Key, Rows
from stillroom.replay.server.refusals import SCRATCH_URL, Refusals
from stillroom.replay.server.results import Call, Result
from stillroom.replay.server.rows.changes import change
from stillroom.replay.server.schema_names import emptied_table, neutral, renamed_tables
from stillroom.replay.server.unanswerable import Unanswerable
from stillroom.replay.server.unknown_value import UnknownValue

_UNKNOWN_DATABASE = re.compile("Unknown database '(.*)'", re.DOTALL)
_LONGEST_SHOWN = 100
_REMEDY = (
    "mark the revision, if it changes only rows, with the comment `# stillroom: data-only`,\n"
    f"or {SCRATCH_URL}"
)
# A loop that waits for something never ends here: nobody else works on this server.
_MOST_REPEATS = 1_000
_MOST_QUERIES = 100_000


@dataclass(frozen=True)
class State:
    """All that a server remembers: what replays start from and end with.

    ``databases`` are the schemas that env.py worked in, in its order, if they are several.
    """

    catalog: Catalog
    rows: Rows = field(default_factory=Rows)
    databases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExecutedStatement:
    """One statement that changed a catalog or rows, or might have.

    ``error`` says why it did not.
    """

    sql: str
    kind: StatementKind
    place: Place | None
    before: Catalog
    after: Catalog
    error: DDLError | Unsupported | Unanswerable | None = None


Listener = Callable[[ExecutedStatement], None]
CallListener = Callable[[Call], None]


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
    ) -> None:
        self.state = State(state) if isinstance(state, Catalog) else state
        super().__init__(call_sites)
        self.listener = listener
        self._call_listener = call_listener
        # Whether code that looks at the key of a new row, or at how many rows a statement has
        # changed, is to be stopped where these are not known; else it gets None and -1.
        self.hides_unknown_results = False
        self.database: str | None = None  # what the project calls the default schema
        self._host = ""
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

    def client(self, database: str | None = None, host: str = "") -> Client:
        """A new connection to ``database``, which exists because it is connected to.

        One of the same name on another host is another database.
        """
        session = Session.default(self.catalog.target)
        if not database:
            return Client(self, session.with_changes(schema=None))
        if self.database is None:
            self.database, self._host = database, host
        if database == self.database:
            if host == self._host:
                return Client(self, session)
            database = f"{database}@{host}"
        self.add_database(database)
        return Client(self, session.with_changes(schema=database))

    def add_database(self, name: str) -> None:
        """Let a database be there: a history does not make the databases that it works in."""
        if name not in self.catalog.schemas:
            quoted = name.replace("`", "``")
            session = Session.default(self.catalog.target)
            created = execute(self.catalog, f"CREATE DATABASE `{quoted}`", session)
            self.state = State(created.catalog, self.state.rows)

    def refuse_unknown(self, what: str) -> NoReturn:
        """Stop the replay because a value that only a server knows is looked at."""
        self.refuse(what, _REMEDY)

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
            self.refuse(f"{_short(sql)}: repeated for ever, as its answer stays the same", _REMEDY)


class Client:
    """One connection of a server: its session, and its transaction on rows."""

    def __init__(self, server: Server, session: Session) -> None:
        self.server = server
        self.session = session
        self.autocommit = False
        self._last_id = 0
        self._begun: Rows | None = None
        self._savepoints: dict[str, Rows] = {}

    @property
    def schema(self) -> str | None:
        """The current database, by the catalog's name."""
        return self.session.schema

    @property
    def version(self) -> str:
        """The server's version."""
        return self.server.version

    def report_call(self, call: Call) -> None:
        """See the server's."""
        self.server.report_call(call)

    def begin(self) -> None:
        """Begin a transaction; one that is open is committed."""
        self.commit()
        self._begun = self.server.state.rows

    def commit(self) -> None:
        """Keep what the transaction has changed."""
        self._begun = None
        self._savepoints.clear()

    def rollback(self) -> None:
        """Undo what the transaction has done to rows."""
        if self._begun is not None:
            self._put_rows(self._begun)
        self.commit()

    def end(self) -> None:
        """What a closed connection leaves behind: no transaction, no temporary tables."""
        self.rollback()
        state = self.server.state
        if any(schema.temporary for schema in state.catalog.schemas.values()):
            self.server.state = State(state.catalog.without_temporary(), state.rows)

    def execute(self, sql: str, dbapi: Any) -> Result:
        """Run one statement, or a script, and give the last one's result.

        Raises ``dbapi``'s errors as the server would, and CannotTell for what it can't.
        """
        self.server.refuse_again()
        result = Result()
        for statement in statements(sql) if ";" in sql else [sql]:
            try:
                result = self._run(statement)
            except DDLError as error:
                raise server_error(dbapi, error.number, error.message) from None
            except Unsupported as error:
                self.server.refuse(f"cannot replay {_short(statement)}: {error}", _REMEDY)
            except Unanswerable as error:
                self.server.refuse(f"cannot replay {_short(statement)}: {error}", _REMEDY)
        return result

    def _run(self, sql: str) -> Result:
        if sql.lstrip()[:6].upper() == "PRAGMA":  # the URL of the project is one of SQLite
            return Result.of((), [])
        what = kind(sql)
        if what is StatementKind.SELECT:
            self.server.count_query(sql)
            return select(sql, self._context())
        if what is StatementKind.SHOW:
            self.server.count_query(sql)
            return show(sql, self._context())
        before = self.server.catalog
        error = None
        try:
            return self._perform(sql, what)
        except (DDLError, Unsupported, Unanswerable) as refusal:
            error = refusal
            raise
        finally:
            if self.server.listener is not None:
                place = self.server.call_sites.here()
                self.server.report_statement(
                    ExecutedStatement(sql, what, place, before, self.server.catalog, error)
                )

    def _perform(self, sql: str, what: StatementKind) -> Result:
        match what:
            case StatementKind.EMPTY:
                raise DDLError(1065, "Query was empty")
            case StatementKind.DML:
                return self._change(sql)
            case StatementKind.TRANSACTION:
                return self._transaction(sql)
            case StatementKind.ADMIN:
                self._define(sql)
                return Result.of(("Table", "Op", "Msg_type", "Msg_text"), [])
            case StatementKind.DDL:
                self.commit()
                self._define(sql)
                return Result()
            case _:
                self._define(sql)
                return Result()

    def _context(self) -> QueryContext:
        state = self.server.state
        name = self.server.database or DEFAULT_SCHEMA
        return QueryContext(
            state.catalog, self.session, state.rows, name, self.server.refuse_unknown, self._last_id
        )

    def _change(self, sql: str) -> Result:
        done = change(sql, self._context())
        if self._begun is None and not self.autocommit:
            self._begun = self.server.state.rows
        self._put_rows(done.rows)
        if done.result.lastrowid is not None:
            self._last_id = done.result.lastrowid
        return self._hidden(done.result, sql) if self.server.hides_unknown_results else done.result

    def _hidden(self, result: Result, sql: str) -> Result:
        """The result with marks for what a server alone would know."""
        known: dict[str, Any] = {}
        if result.rowcount < 0:
            known["rowcount"] = UnknownValue(
                "the number of changed rows", self.server.refuse_unknown
            )
        if result.lastrowid is None and sql.lstrip()[:6].upper() in ("INSERT", "REPLAC"):
            known["lastrowid"] = UnknownValue("the new row's key", self.server.refuse_unknown)
        return replace(result, **known)

    def _put_rows(self, rows: Rows) -> None:
        if rows is not self.server.state.rows:
            self.server.state = State(self.server.state.catalog, rows)

    def _define(self, sql: str) -> None:
        """What the catalog itself understands: DDL, SET, USE, CALL; DDL commits."""
        text = neutral(sql, self.server.database, self._context())
        outcome = self._executed(text)
        state = self.server.state
        self.session = outcome.session
        if outcome.catalog is state.catalog:
            return
        rows = state.rows
        if rows.tables:
            before = state.catalog
            for old, new in renamed_tables(text, self._context()):
                rows = rows.moved(old, new)
                before = _with_moved(before, old, new)
            emptied = emptied_table(text, self._context())
            rows = rows if emptied is None else rows.emptied(emptied)
            rows = rows.after(before, outcome.catalog)
        self.server.state = State(outcome.catalog, rows)

    def _executed(self, sql: str) -> Outcome:
        try:
            return execute(self.server.catalog, sql, self.session)
        except DDLError as error:
            name = _UNKNOWN_DATABASE.fullmatch(error.message)
            if error.number != BAD_DB_ERROR or name is None:
                raise
            self.server.add_database(name[1])
            return self._executed(sql)

    def _transaction(self, sql: str) -> Result:
        words = [token.value for token in self._context().tokens(sql)]
        name = words[-2].lower() if len(words) > 1 else ""
        rows = self.server.state.rows
        match words[0]:
            case "BEGIN" | "START":
                self.begin()
            case "COMMIT":
                self.commit()
            case "SAVEPOINT":
                self._begun = rows if self._begun is None else self._begun
                self._savepoints[name] = rows
            case "ROLLBACK" if "TO" in words:
                if name not in self._savepoints:
                    raise DDLError(1305, f"SAVEPOINT {name} does not exist")
                self._put_rows(self._savepoints[name])
            case "ROLLBACK":
                self.rollback()
            case "RELEASE":
                if self._savepoints.pop(name, None) is None:
                    raise DDLError(1305, f"SAVEPOINT {name} does not exist")
            case _:
                raise Unanswerable("distributed transactions need a server")
        return Result()


def _with_moved(catalog: Catalog, old: Key, new: Key) -> Catalog:
    """The catalog as it was, but for the name of one table."""
    table = catalog.find(*old)
    if table is None or new[0] not in catalog.schemas:
        return catalog
    return catalog.with_table(replace(table, schema=new[0], name=new[1]))


def _short(sql: str) -> str:
    """A statement as a message shows it: in one line, cut if it is long."""
    line = " ".join(sql.split())
    return f"`{line if len(line) <= _LONGEST_SHOWN else line[:_LONGEST_SHOWN] + '…'}`"
