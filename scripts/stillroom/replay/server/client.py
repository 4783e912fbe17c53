"""One connection of a server in memory: its session, and its transaction on rows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NoReturn

from stillroom.catalog import Catalog, DDLError, Session, Unsupported, execute, statements
from stillroom.catalog import error_numbers as er
from stillroom.catalog.catalog import Outcome
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.statement_kinds import StatementKind, kind
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.replay.server.answers.context import QueryContext
from stillroom.replay.server.answers.select import select
from stillroom.replay.server.answers.show import show
from stillroom.replay.server.errors import server_error
from stillroom.replay.server.known_rows import Key, Rows
from stillroom.replay.server.results import Call, Result
from stillroom.replay.server.rows.changes import change
from stillroom.replay.server.schema_names import emptied_table, neutral, renamed_tables
from stillroom.replay.server.server import Server
from stillroom.replay.server.state import ExecutedStatement, State
from stillroom.replay.server.unanswerable import Unanswerable
from stillroom.replay.server.unknown_value import UnknownValue

_UNKNOWN_DATABASE = re.compile("Unknown database '(.*)'", re.DOTALL)


def connect(server: Server, database: str | None = None, host: str = "") -> Client:
    """A new connection to ``database``, which exists because it is connected to."""
    schema = server.schema_of(database, host) if database else None
    session = Session.default(server.catalog.target).with_changes(schema=schema)
    for setting in server.settings if schema else ():
        begun = execute(server.catalog, setting, session)
        session = begun.session
        if begun.catalog is not server.catalog:
            server.state = replace(server.state, catalog=begun.catalog)
    return Client(server, session)


class Client:
    """One connection of a server: its session, and its transaction on rows."""

    def __init__(self, server: Server, session: Session) -> None:
        self.server = server
        self.session = session
        server.clients.add(self)
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

    def refuse(self, what: str, fix: str) -> NoReturn:
        """See the server's."""
        self.server.refuse(what, fix)

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
                result = self.run(statement)
            except DDLError as error:
                raise server_error(dbapi, error.number, error.message) from None
            except (Unsupported, Unanswerable) as error:
                self.server.refuse_statement(statement, error)
        return result

    def run(self, sql: str) -> Result:
        """One statement; DDLError, Unsupported or Unanswerable where there is no answer."""
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
                raise DDLError(er.EMPTY_QUERY, "Query was empty")
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
        before = self.server.state.rows
        if rows is not before:
            rows = rows.noted(before, self._place)
            self.server.state = State(self.server.state.catalog, rows)

    def _place(self) -> str:
        place = self.server.call_sites.here()
        return str(place) if place else ""

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
            rows = rows.after(before, outcome.catalog).noted(state.rows, self._place)
        self.server.state = State(outcome.catalog, rows)

    def _executed(self, sql: str) -> Outcome:
        try:
            return execute(self.server.catalog, sql, self.session)
        except DDLError as error:
            name = _UNKNOWN_DATABASE.fullmatch(error.message)
            if error.number != er.BAD_DB_ERROR or name is None:
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
                    raise refusal(er.SP_DOES_NOT_EXIST, "SAVEPOINT", name)
                self._put_rows(self._savepoints[name])
            case "ROLLBACK":
                self.rollback()
            case "RELEASE":
                if self._savepoints.pop(name, None) is None:
                    raise refusal(er.SP_DOES_NOT_EXIST, "SAVEPOINT", name)
            case _:
                raise Unanswerable("only a server can run distributed transactions")
        return Result()


def _with_moved(catalog: Catalog, old: Key, new: Key) -> Catalog:
    """The catalog as it was, but for the name of one table."""
    table = catalog.find(*old)
    if table is None or new[0] not in catalog.schemas:
        return catalog
    return catalog.with_table(replace(table, schema=new[0], name=new[1]))
