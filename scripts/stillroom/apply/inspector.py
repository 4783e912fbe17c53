"""Inspects a database: what it has, what is pending, what is half-applied. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.apply import env_runner, half_applied, preflight
from stillroom.apply.connection import Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.journal.applied_sources import AppliedSources, read_source
from stillroom.apply.journal.entries import DEPLOYER, Entry
from stillroom.apply.journal.journal import Journal, journal_of
from stillroom.apply.lock.lock import lock_name
from stillroom.apply.server import Server, settle_session
from stillroom.findings import Finding
from stillroom.replay.revisions.contracts import contract_of

T = TypeVar("T")


@dataclass(frozen=True)
class Deployer:
    """Who has begun an upgrade and not ended it: at work, or dead, or nobody knows (None)."""

    host: str
    connection: int
    since: str
    at_work: bool | None = None


@dataclass(frozen=True)
class HalfAppliedStatus:
    """A revision that was begun. ``done`` and ``in_doubt`` are statements, as text.

    ``done`` and ``doubtful`` are as the revision asked for them, ``in_doubt`` is as it was sent:
    perhaps several in one.
    """

    revision: str
    direction: str
    done: tuple[str, ...]
    in_doubt: str | None
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """The state of one database; revisions by name, ``pending`` in the order of an upgrade.

    ``contracts`` are those of them before which an upgrade stops.
    """

    server: Server
    heads: tuple[str, ...]
    pending: tuple[str, ...]
    half_applied: HalfAppliedStatus | None = None
    deployer: Deployer | None = None
    unknown: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    sources: str = ""  # the column of the version table that upgrades add; "" if it is not there
    contracts: tuple[str, ...] = ()

    @property
    def up_to_date(self) -> bool:
        """Whether nothing is pending, half-applied or unknown."""
        return not (self.pending or self.half_applied or self.unknown)


def status(config: Config) -> Status:
    """Look at the database of a project. Raises StillroomError if that is not possible."""
    return statuses(config)[0]


def statuses(config: Config) -> list[Status]:
    """The same, of each of the databases that env.py works on, one after the other."""
    return look_at_each(config, _status)


def sizes(config: Config) -> dict[str, tuple[int, int]]:
    """About how many rows, and bytes, each table of the database has; nothing on SQLite."""
    return look_at_each(config, _sizes)[0]


def check_whole(config: Config, asked: str) -> None:
    """Raise ApplyError AP201 for what is ``asked`` if the database has a half-applied revision."""
    look(config, lambda context, _: refuse_half_applied(context, asked))


def refuse_half_applied(context: MigrationContext, asked: str = "plain alembic") -> None:
    """Raise ApplyError AP201 if the database of ``context`` has a half-applied revision."""
    raw, server, journal = reach(context)
    lines = journal.read(raw) if journal.look(raw) else []
    if server.kind != "sqlite":
        raw.commit()  # or Alembic's next ALTER of the journal's database would wait for it
    half_applied.refuse_half_loaded(lines)
    interrupted = half_applied.find(lines)
    if interrupted is not None:
        raise half_applied.refuse(interrupted, asked)


def look(config: Config, read: Callable[[MigrationContext, ScriptDirectory], T]) -> T:
    """Run env.py, and ``read`` with the context that it configures, in place of any revision."""
    return look_at_each(config, read)[-1]


def look_at_each(config: Config, read: Callable[[MigrationContext, ScriptDirectory], T]) -> list[T]:
    """The same, with each context of an env.py that works on several databases."""
    results: list[T] = []

    def work(context: MigrationContext, _proceed: Callable[[], None]) -> None:
        if context.script is None:
            raise ApplyError(
                "AP304",
                "env.py configured Alembic without its script directory",
                fix="Call configure() of alembic.context, as Alembic's own env.py does.",
            )
        assert context.connection is not None
        try:
            results.append(read(context, context.script))
        except context.connection.dialect.loaded_dbapi.Error as failure:
            raise ApplyError.refused(failure) from failure

    env_runner.run(config, work, lambda *_: [])
    return results


def reach(context: MigrationContext) -> tuple[Raw, Server, Journal]:
    """The connection of a context past SQLAlchemy, its server, and its journal."""
    assert context.connection is not None
    dialect = context.connection.dialect
    raw = Raw(context.connection.connection.dbapi_connection, dialect)
    server = Server.ask(raw)
    settle_session(server, raw)
    return raw, server, journal_of(context, server)


def _status(context: MigrationContext, script: ScriptDirectory) -> Status:
    raw, server, journal = reach(context)
    applied = AppliedSources(context, raw)
    heads = applied.heads()
    sources = applied.column if applied.load() else ""
    lines = journal.read(raw) if journal.look(raw) else []
    half_applied.refuse_half_loaded(lines)
    interrupted = half_applied.find(lines)
    unknown = tuple(head for head in heads if not _is_known(script, head))
    pending: tuple[str, ...] = ()
    if not unknown:
        ordered = reversed(list(script.walk_revisions()))
        gone = (
            {revision.revision for revision in script.iterate_revisions(heads, "base")}
            if heads
            else ()
        )
        pending = tuple(revision.revision for revision in ordered if revision.revision not in gone)
    return Status(
        server,
        heads,
        pending,
        _half_applied(interrupted),
        _deployer(lines, server, raw),
        unknown,
        tuple(preflight.edited_revisions(script, applied)),
        sources,
        tuple(name for name in pending if heads and _is_contract(script, name)),
    )


def _sizes(context: MigrationContext, _script: ScriptDirectory) -> dict[str, tuple[int, int]]:
    raw, server, _ = reach(context)
    if server.kind == "sqlite":
        return {}
    if server.kind == "mysql":
        raw.execute("SET SESSION information_schema_stats_expiry = 0")  # else a day old
    rows = raw.execute(
        "SELECT table_name, table_rows, data_length + index_length FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
    )
    sizes = {str(name): (int(count or 0), int(size or 0)) for name, count, size in rows}
    if raw.value("SELECT @@lower_case_table_names"):
        return _AnyCase({name.lower(): size for name, size in sizes.items()})
    return sizes


class _AnyCase(dict[str, tuple[int, int]]):
    """Sizes by table on a server to which the case of a table's name does not matter."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _deployer(lines: list[Entry], server: Server, raw: Raw) -> Deployer | None:
    for line in lines:
        if line.kind == DEPLOYER:
            connection, at_work = int(line.digest), None
            if server.is_mysql and not server.galera:  # whose connections are those of a node
                holder = raw.value("SELECT IS_USED_LOCK(%s)", (lock_name(server.database),))
                at_work = holder is not None and int(holder) == connection
            return Deployer(line.statement, connection, str(line.at), at_work)
    return None


def _half_applied(interrupted: half_applied.HalfApplied | None) -> HalfAppliedStatus | None:
    if interrupted is None:
        return None
    doubt = interrupted.in_doubt
    done = [
        asked
        for entry in interrupted.statements
        if entry not in interrupted.doubtful
        for asked in interrupted.asked(entry)
    ]
    return HalfAppliedStatus(
        interrupted.revision,
        interrupted.direction,
        tuple(entry.statement for entry in done),
        doubt.statement if doubt else None,
        tuple(
            asked.statement for entry in interrupted.doubtful for asked in interrupted.asked(entry)
        ),
    )


def _is_contract(script: ScriptDirectory, name: str) -> bool:
    return contract_of(read_source(script.get_revision(name)) or "") is not None


def _is_known(script: ScriptDirectory, head: str) -> bool:
    try:
        script.get_revision(head)
    except CommandError:
        return False
    return True
