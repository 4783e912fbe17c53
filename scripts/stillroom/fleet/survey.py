"""Asks each database of a fleet where it is and what is in it. Changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from stillroom.apply import half_applied
from stillroom.apply.connection import Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.half_applied import HalfApplied
from stillroom.apply.journal.journal import Journal
from stillroom.apply.lock.lock import lock_name
from stillroom.apply.preflight import server_problems
from stillroom.apply.server import Server
from stillroom.catalog import Target, quoted_name
from stillroom.fleet.connections import FAILURES, cause, connected
from stillroom.fleet.inventory import Member

AT_WORK = "another deployer is at work on it"
_ANSWER_SECONDS = 60  # a host that is silent for longer counts as not reached
_COUNTER = re.compile(r" AUTO_INCREMENT=\d+")


@dataclass(frozen=True)
class SurveyedDatabase:
    """What a database has said. ``problem`` says why nothing may be done to it; "" if nothing.

    A journal may be all that a run has left which was cut off at its very end.

    ``fingerprint`` names the definitions of its tables, ``identity`` the database itself, whatever
    it was called. ``is_locked``: somebody goes on just now with what is half-applied.
    """

    member: Member
    server: Server | None = None
    heads: tuple[str, ...] = ()
    is_stamped: bool = False
    tables: int = 0
    fingerprint: str = ""
    identity: str = ""
    has_journal: bool = False
    half_applied: HalfApplied | None = None
    is_locked: bool = False
    problem: str = ""


def survey(
    members: Sequence[Member], version_table: str, target: Target | None, parallel: int
) -> list[SurveyedDatabase]:
    """Ask all of them, ``parallel`` at once; in the order of ``members``."""
    with ThreadPoolExecutor(parallel) as threads:
        return list(threads.map(lambda member: ask(member, version_table, target), members))


def ask(member: Member, version_table: str, target: Target | None) -> SurveyedDatabase:
    """Ask one of them."""
    try:
        with connected(member.url, read_timeout=_ANSWER_SECONDS) as raw:
            server = Server.ask(raw)
            problems = server_problems(server, raw, str(target) if target else None)
            if refusal := next(problems, None):
                return SurveyedDatabase(member, server, problem=refusal.what)
            return _look(member, server, raw, version_table)
    except ApplyError as error:
        return SurveyedDatabase(member, problem=str(error))
    except FAILURES as error:
        return SurveyedDatabase(member, problem=f"not reached: {cause(error)}")


def _look(member: Member, server: Server, raw: Raw, version_table: str) -> SurveyedDatabase:
    raw.execute("SET SESSION sql_quote_show_create = 1")
    names = [str(row[0]) for row in raw.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")]
    is_stamped = version_table in names
    heads: tuple[str, ...] = ()
    if is_stamped:
        rows = raw.execute(f"SELECT version_num FROM {quoted_name(version_table)}")
        heads = tuple(sorted(str(row[0]) for row in rows))
    journal = Journal(version_table, None)
    has_journal = journal.name in names
    interrupted = half_applied.find(journal.read(raw)) if has_journal else None
    own = sorted(name for name in names if name not in (version_table, journal.name))
    row = raw.execute("SELECT @@hostname, @@port, @@datadir, @@lower_case_table_names")[0]
    database = server.database.lower() if row[3] else server.database
    return SurveyedDatabase(
        member,
        server,
        heads,
        is_stamped,
        len(own),
        _fingerprint(raw, own),
        f"{row[0]}:{row[1]}:{row[2]}:{database}",
        has_journal,
        interrupted,
        interrupted is not None and _is_locked(raw, server.database),
    )


def _is_locked(raw: Raw, database: str) -> bool:
    return raw.value("SELECT IS_USED_LOCK(%s)", (lock_name(database),)) is not None


def _fingerprint(raw: Raw, tables: Iterable[str]) -> str:
    """Names the definitions of the tables, without the counters of AUTO_INCREMENT."""
    seen = hashlib.sha256()
    for table in tables:
        text = str(raw.execute(f"SHOW CREATE TABLE {quoted_name(table)}")[0][1])
        seen.update(f"{_COUNTER.sub('', text)}\0".encode())
    return seen.hexdigest()[:24]
