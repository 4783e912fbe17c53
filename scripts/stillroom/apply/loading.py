"""Fills an empty database from a snapshot: killed at any point, the next run finishes it.

Tables, views and routines are made one by one, each whole or not at all; the rows are one
transaction, and the version table moves in the last one. Until then the journal says which snapshot
is being loaded, so that nobody takes the database for an empty or an upgraded one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from stillroom.apply import env_runner, half_applied, preflight
from stillroom.apply.connection import Raw, is_lost
from stillroom.apply.errors import ApplyError, Stopped, shorten
from stillroom.apply.events import Listener, ignore
from stillroom.apply.failures import words_of
from stillroom.apply.inspector import look, reach
from stillroom.apply.journal.applied_sources import AppliedSources
from stillroom.apply.journal.entries import DONE, LOAD, STARTED, Entry, text_digest
from stillroom.apply.journal.journal import Journal
from stillroom.apply.lock.galera import lock_for
from stillroom.apply.lock.lock import deployer_line
from stillroom.apply.options import Options
from stillroom.apply.server import Server
from stillroom.catalog import Program, Table, quoted_name
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.shell import Command
from stillroom.snapshot import writing
from stillroom.snapshot.reading import Snapshot
from stillroom.snapshot.server_statements import joined_inserts, table_statement

# The journal's line of a load; the rows of the snapshot are in once it is done.
_LINE = 1
_SETTINGS = ("foreign_key_checks", "sql_mode")
_OBJECTS = """
    SELECT table_type, table_name FROM information_schema.tables WHERE table_schema = DATABASE()
    UNION ALL SELECT routine_type, routine_name FROM information_schema.routines
        WHERE routine_schema = DATABASE()
    UNION ALL SELECT 'TRIGGER', trigger_name FROM information_schema.triggers
        WHERE trigger_schema = DATABASE()
    UNION ALL SELECT 'EVENT', event_name FROM information_schema.events
        WHERE event_schema = DATABASE()
"""
Key = tuple[str, str]  # kind and name


@dataclass(frozen=True)
class Loaded:
    """What a load has put into the database; nothing if it was at the snapshot's heads already."""

    tables: int = 0
    rows: int = 0
    heads: tuple[str, ...] = ()


def is_empty(config: Config) -> bool:
    """Whether the database has nothing in it, so that a snapshot can be loaded."""

    def ask(context: MigrationContext, _script: ScriptDirectory) -> bool:
        raw, _, journal = reach(context)
        if not raw.mysql:
            return False
        objects = _objects(raw, context, journal)
        begun = _begun(journal.read(raw)) if journal.look(raw) else None
        raw.commit()
        return not objects or begun is not None

    return look(config, ask)


def load(
    config: Config,
    snapshot: Snapshot,
    sources: Mapping[str, str | None],
    *,
    rows: bool = True,
    listener: Listener = ignore,
    options: Options | None = None,
) -> Loaded:
    """Make the tables of ``snapshot``, put its rows in, and record its revisions as applied.

    ``sources`` are the texts of those revisions by id. Without ``rows``, the version table's alone
    are put in. Goes on with a load that was cut off. Raises StillroomError for a database that is
    not empty, and for another server than the snapshot is for.
    """
    chosen = options or Options()

    def work(context: MigrationContext, _script: ScriptDirectory) -> Loaded:
        return _under_lock(context, snapshot, sources, rows, (chosen, listener))

    try:
        with env_runner.ending_on_term():
            return look(config, work)
    except KeyboardInterrupt as signal:
        name = "SIGTERM" if isinstance(signal, env_runner.Terminated) else "Ctrl-C"
        raise Stopped(
            "AP130", f"{name}: stopped while {snapshot.shown} was loaded", fix=_again()
        ) from None


def _again() -> str:
    return f"{Command('load')}    continues where it stopped"


def _under_lock(
    context: MigrationContext,
    snapshot: Snapshot,
    sources: Mapping[str, str | None],
    rows: bool,
    how: tuple[Options, Listener],
) -> Loaded:
    options, listener = how
    raw, server, journal = reach(context)
    connection = context.connection
    assert connection is not None
    _check_server(server, raw, snapshot, options)
    lock = lock_for(raw, server, journal, connection.engine, options.lock_timeout, listener)
    lock.take()
    try:
        with _settings(raw):
            return _Load(context, raw, (server, journal), snapshot, rows).run(sources)
    except Exception:
        raise
    except BaseException:  # Ctrl-C, SIGTERM: on this connection no answer may ever come
        connection.invalidate()
        raise
    finally:
        with suppress(raw.errors):
            if not connection.invalidated:
                lock.release()


def _check_server(server: Server, raw: Raw, snapshot: Snapshot, options: Options) -> None:
    target = snapshot.header.target
    if not raw.mysql:
        raise ApplyError(
            "AP501",
            f"{snapshot.shown} is for {target}, but the database is an SQLite file",
            fix=f"{Command('upgrade')}    runs the revisions on it",
        )
    preflight.check_server(server, raw, options.target or str(target))


@contextmanager
def _settings(raw: Raw) -> Iterator[None]:
    """The session's settings as they were, but after a failure: the connection is dead then."""
    before = _current(raw)
    yield
    _set(raw, before)


def _current(raw: Raw) -> Sequence[object]:
    return raw.execute(f"SELECT {', '.join(f'@@SESSION.{name}' for name in _SETTINGS)}")[0]


def _set(raw: Raw, values: Sequence[object]) -> None:
    pairs = ", ".join(f"{name} = %s" for name in _SETTINGS)
    raw.execute(f"SET SESSION {pairs}", values)


def _begun(entries: Sequence[Entry]) -> Entry | None:
    return next((entry for entry in entries if entry.kind == LOAD), None)


def _objects(raw: Raw, context: MigrationContext, journal: Journal) -> list[Key]:
    """All that is in the database, but the journal and a version table without a row."""
    heads = AppliedSources(context, raw).heads()
    ours = {journal.name.lower()} | ({context.version_table.lower()} if not heads else set())
    return [
        (kind, name)
        for kind, name in _all_objects(raw)
        if name.lower() not in ours or kind != "TABLE"
    ]


def _all_objects(raw: Raw) -> list[Key]:
    kinds = {"BASE TABLE": "TABLE", "SYSTEM VERSIONED": "TABLE"}
    return [(kinds.get(str(kind), str(kind)), str(name)) for kind, name in raw.execute(_OBJECTS)]


class _Load:
    """One load, by the one who has the lock."""

    def __init__(
        self,
        context: MigrationContext,
        raw: Raw,
        place: tuple[Server, Journal],
        snapshot: Snapshot,
        rows: bool,
    ) -> None:
        self._context, self._raw, self._snapshot = context, raw, snapshot
        self._server, self._journal = place
        self._with_rows = rows
        self._applied = AppliedSources(context, raw)
        self._digest = text_digest(snapshot.text + ("" if rows else "without rows"))
        self._state = snapshot.state
        self._tables = writing.sorted_tables(self._state.catalog)
        self._folded: Callable[[str], str] = str
        if raw.value("SELECT @@lower_case_table_names"):
            self._folded = str.lower

    def run(self, sources: Mapping[str, str | None]) -> Loaded:
        self._refuse_other_schemas()
        heads = self._snapshot.header.heads
        if heads and set(self._applied.heads()) == set(heads):
            self._drop_empty_journal()
            return Loaded(heads=heads)
        entry = self._begin()
        there = {(kind, self._folded(name)) for kind, name in _all_objects(self._raw)}
        before = _current(self._raw)
        _set(self._raw, (0, writing.SQL_MODE))
        self._make_programs(there, only="SEQUENCE")
        self._make_tables(there, entry)
        count = self._fill(entry)
        _set(self._raw, before)  # a routine keeps the sql_mode that it is made in
        self._make_programs(there)
        self._end(sources)
        return Loaded(len(self._tables), count, heads)

    def _drop_empty_journal(self) -> None:
        """What a load leaves that was cut off behind its last transaction."""
        if self._journal.look(self._raw):
            self._journal.read(self._raw)
            if self._journal.is_empty:
                self._journal.drop(self._raw)

    def _refuse_other_schemas(self) -> None:
        for table in self._tables:
            if table.schema != DEFAULT_SCHEMA:
                raise ApplyError(
                    "AP502",
                    f"the revisions also make tables in the schema {table.schema}, but a load fills"
                    " only one database",
                    where=self._snapshot.shown,
                    fix=f"{Command('upgrade')}    runs the revisions",
                )

    def _begin(self) -> Entry:
        """Note in the journal what is loaded; the line that is there if it was begun before."""
        entries = self._journal.read(self._raw) if self._journal.look(self._raw) else []
        if half := half_applied.find(entries):
            raise half_applied.refuse(half, "load")
        begun = _begun(entries)
        if begun is not None:
            if begun.digest != self._digest:
                raise ApplyError(
                    "AP503",
                    f"a load of another {begun.statement} was started in this database and"
                    " interrupted",
                    where=self._snapshot.shown,
                    fix="Finish it with that file and the same rows=, or drop the database and"
                    " create it again.",
                )
            return begun
        self._refuse_contents()
        entry = Entry(LOAD, STARTED, self._snapshot.shown, self._digest, line=_LINE)
        self._journal.create(self._raw)
        self._journal.write(self._raw, [deployer_line(self._server.connection or 0), entry])
        self._raw.commit()
        return entry

    def _refuse_contents(self) -> None:
        objects = _objects(self._raw, self._context, self._journal)
        if not objects:
            return
        listed = ", ".join(f"{kind.lower()} {name}" for kind, name in sorted(objects)[:5])
        more = f" and {len(objects) - 5} more" if len(objects) > 5 else ""
        raise ApplyError(
            "AP504",
            f"the database {self._server.database} is not empty: it has {listed}{more}",
            fix=(
                f"A snapshot can only be loaded into an empty database. Run {Command('upgrade')}"
                " on this one."
            ),
        )

    def _make_tables(self, there: set[Key], entry: Entry) -> None:
        for table in self._tables:
            if ("TABLE", self._folded(table.name)) not in there:
                self._send(table_statement(table))
            if table.auto_increment is not None:
                self._send(writing.counter_statement(table))
        self._raw.commit()

    def _make_programs(self, there: set[Key], only: str = "") -> None:
        for program in writing.sorted_programs(self._state.catalog):
            is_wanted = program.kind == only if only else program.kind != "SEQUENCE"
            if is_wanted and not self._is_there(program, there):
                self._send(writing.program_statement(program))
        self._raw.commit()

    def _is_there(self, program: Program, there: set[Key]) -> bool:
        name = program.name
        if program.kind in ("VIEW", "SEQUENCE"):
            name = self._folded(name)
        return any(kind == program.kind and other.lower() == name.lower() for kind, other in there)

    def _fill(self, entry: Entry) -> int:
        """Put the rows in, all or none; returns how many."""
        held = {
            table.name: list(writing.row_statements(table, self._state.rows.of(table)))
            for table in self._tables
            if self._with_rows
            and not self._is_version_table(table)
            and writing.is_known(table, self._state.rows.of(table))
        }
        count = sum(map(len, held.values()))
        if entry.state == DONE:
            return count
        self._raw.execute("START TRANSACTION")
        for table in self._tables:
            statements = held.get(table.name)
            if not statements:
                continue
            if table.engine != "InnoDB":  # it has kept those of a run that was killed
                self._send(f"DELETE FROM {quoted_name(table.name)}")
            for statement in joined_inserts(statements):
                self._send(statement)
        entry.state = DONE
        self._journal.write(self._raw, [entry])
        self._raw.execute("COMMIT")
        return count

    def _is_version_table(self, table: Table) -> bool:
        return table.name.lower() == str(self._context.version_table).lower()

    def _end(self, sources: Mapping[str, str | None]) -> None:
        """Record the revisions as applied, and forget that anything was under way."""
        self._applied.prepare()
        versions = next((table for table in self._tables if self._is_version_table(table)), None)
        self._raw.execute("START TRANSACTION")
        if versions is not None:
            for statement in writing.row_statements(versions, self._state.rows.of(versions)):
                self._send(statement)
            self._applied.record_all(sources, self._snapshot.header.heads)
        self._journal.clear(self._raw)
        self._raw.execute("COMMIT")
        self._journal.drop(self._raw)
        self._raw.commit()

    def _send(self, statement: str) -> None:
        try:
            self._raw.execute(statement)
        except self._raw.errors as failure:
            words = words_of(failure)
            if is_lost(failure):
                raise ApplyError(
                    "AP505",
                    f"the connection was lost while {self._snapshot.shown} was loaded: {words}",
                    fix=_again(),
                ) from failure
            raise ApplyError(
                "AP506",
                f"the server refused a statement of the snapshot: {words}",
                where=self._snapshot.shown,
                fix=f"{shorten(statement)}\n\n{_again()}, once the cause is fixed.",
            ) from failure
