"""Describes the server of an upgrade, and whose transactions are open there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.errors import shorten
from stillroom.catalog import error_numbers as er
from stillroom.catalog.target import family_and_version
from stillroom.findings import Finding, Place

_IDLE = 86_400  # seconds that a connection of an upgrade may do nothing


@dataclass(frozen=True)
class Server:
    """The server that answers: ``kind`` is mariadb, mysql or sqlite."""

    kind: str
    version: str
    database: str
    connection: int | None
    sql_mode: frozenset[str] = frozenset()
    read_only: bool = False
    galera: bool = False
    has_snapshot_isolation: bool = False

    @classmethod
    def ask(cls, raw: Raw) -> Server:
        """The server at the other end of a connection."""
        if not raw.mysql:
            version = str(raw.value("SELECT sqlite_version()"))
            path = raw.execute("PRAGMA database_list")[0][2]
            return cls("sqlite", version, path or ":memory:", None)
        row = raw.execute(
            "SELECT VERSION(), DATABASE(), CONNECTION_ID(), @@sql_mode, @@global.read_only"
        )[0]
        version, database, connection, modes, read_only = row
        kind, number = family_and_version(version)
        modes = frozenset(modes.upper().split(","))
        galera = bool(_global(raw, "wsrep_on"))
        isolates = _global(raw, "innodb_snapshot_isolation") is not None
        return cls(
            kind, number, database or "", int(connection), modes, bool(read_only), galera, isolates
        )

    @property
    def is_mysql(self) -> bool:
        """Whether it is a MariaDB or MySQL, and no file of SQLite."""
        return self.kind != "sqlite"

    @property
    def series(self) -> str:
        """Its kind and the first two numbers of its version, as a target names them."""
        return f"{self.kind} {'.'.join(self.version.split('.')[:2])}"

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


def _global(raw: Raw, name: str) -> Any:
    """The value of a global variable; None if this server has none of that name.

    SHOW VARIABLES would tell, too, but MySQL then collects all of them: ten times the work.
    """
    try:
        return raw.value(f"SELECT @@global.{name}")
    except raw.errors as failure:
        if error_code(failure) != er.UNKNOWN_SYSTEM_VARIABLE:
            raise
        return None


def settings_of(server: Server) -> dict[str, str]:
    """What an upgrade sets for each of its sessions, and to what."""
    values = {
        # SHOW CREATE is read by names in quotes, whatever the server or a revision prefers.
        "sql_quote_show_create": "1",
        # A connection may do nothing while another one works, or while an upgrade pauses.
        "wait_timeout": str(_IDLE),
    }
    if server.kind == "mariadb":
        # It would end whatever takes longer, on each new run, too.
        values["max_statement_time"] = "0"
    if server.has_snapshot_isolation:
        # On by default since MariaDB 11.6.2: a transaction may then not change rows that another
        # one has changed since it began (1020), such as the journal's own.
        values["innodb_snapshot_isolation"] = "0"
    return values


def settle_session(server: Server, raw: Raw) -> None:
    """Set what an upgrade needs for a session."""
    if server.is_mysql:
        pairs = ", ".join(f"{name} = {value}" for name, value in settings_of(server).items())
        raw.execute(f"SET SESSION {pairs}")


def long_transactions(raw: Raw, seconds: float) -> Iterator[Finding]:
    """Transactions that have been open for long: an ALTER of a table they use waits for them."""
    try:
        rows = raw.execute(
            "SELECT t.trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()),"
            " p.user, p.host, t.trx_query FROM information_schema.innodb_trx t"
            " LEFT JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id"
            " WHERE t.trx_mysql_thread_id <> CONNECTION_ID()"
            " AND t.trx_started < NOW() - INTERVAL %s SECOND ORDER BY t.trx_started",
            (int(seconds),),
        )
    except Exception as failure:
        if error_code(failure) != er.SPECIFIC_ACCESS_DENIED_ERROR:
            raise
        return  # without PROCESS nobody else's can be seen
    for connection, age, user, host, query in rows:
        yield Finding(
            "AP108",
            Place(f"connection {connection}"),
            f"{user or 'somebody'} at {host or 'an unknown host'} has had a transaction open for"
            f" {age} s" + (f", running {shorten(query, 60)}" if query else ""),
            why=(
                "An ALTER TABLE has to wait for it on every table that it has used, and"
                " all other sessions then wait behind the ALTER."
            ),
            fix=f"Let it finish, or end it: KILL {connection}",
        )
