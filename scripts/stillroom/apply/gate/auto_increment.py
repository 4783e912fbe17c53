"""Sets AUTO_INCREMENT counters back, which a rollback does not.

A deployer that dies between its INSERT and the commit leaves no row, but the next run would
get other numbers than an undisturbed one. So the counter is written down before the first
INSERT of a transaction, and put back by whoever comes next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from stillroom.apply.connection import Raw
from stillroom.apply.journal.entries import COUNTER, DONE, Entry
from stillroom.apply.journal.journal import Journal
from stillroom.apply.outcome import definitions
from stillroom.apply.outcome.outcome import Before
from stillroom.apply.statements import DatabaseObject, Statement, tokens_of, written

_ENGINE = re.compile(r"\) ENGINE=(\w+)")
_NOT_TRANSACTIONAL = frozenset(
    {"MYISAM", "ARIA", "MEMORY", "CSV", "ARCHIVE", "MRG_MYISAM", "BLACKHOLE", "S3", "FEDERATED"}
)
# CREATE is the first word of every definition; that of a table inside one comes with TABLE.
_COMMITTING = frozenset(
    {"COMMIT", "ROLLBACK", "START", "TRANSACTION", "TABLE", "INDEX", "ALTER", "DROP", "TRUNCATE"}
    | {"RENAME", "CALL", "EXECUTE", "PREPARE", "LOCK", "GRANT", "REVOKE", "ANALYZE", "OPTIMIZE"}
)


class Counters:
    """What is known about the tables that DML of one connection writes to."""

    def __init__(self, raw: Raw, journal: Journal, side: Callable[[], Raw]) -> None:
        self._raw = raw
        self._journal = journal
        self._side = side
        self._definitions: dict[DatabaseObject, str] = {}
        self._bodies: dict[DatabaseObject, list[str]] = {}
        self._noted: set[DatabaseObject] = set()

    def forget_definitions(self) -> None:
        """A DDL statement has run: engines and columns may be others now."""
        self._definitions.clear()
        self._bodies.clear()

    def committed(self) -> None:
        """Inserts so far are there to stay."""
        self._noted.clear()

    @property
    def noted(self) -> bool:
        """Whether a counter is in the journal, to be put back."""
        return bool(self._noted)

    def transactional(self, statement: Statement) -> bool:
        """Whether all tables that a DML statement may write take part in transactions."""
        for item in statement.objects:
            engine = _ENGINE.search(self._definition(item))
            if engine and engine[1].upper() in _NOT_TRANSACTIONAL:
                return False
        return True

    def commits(self, routine: DatabaseObject) -> bool:
        """Whether a procedure may commit by itself: it says so, or calls what might."""
        body = self._definition(routine)
        words = {word.upper() for word in tokens_of(body)[1:]}
        return not body or not _COMMITTING.isdisjoint(words)

    def note(self, statement: Statement, header: Entry, free: bool) -> None:
        """Write down the counters that a statement may move, by itself or by a trigger.

        ``free``: nothing is uncommitted on the connection. Otherwise another connection
        does it, since this one must not commit.
        """
        entries = []
        for table in self._inserted(statement):
            if table in self._noted or " AUTO_INCREMENT" not in self._definition(table):
                continue
            self._noted.add(table)
            text = definitions.definition(self._raw, table) or ""
            before: Before = {"next": str(definitions.counter(text))}
            entry = Entry(COUNTER, DONE, table.name, before=before)
            entry.revision, entry.direction = header.revision, header.direction
            entries.append(entry)
        if entries:
            raw = self._raw if free else self._side()
            self._journal.write(raw, entries)
            raw.commit()

    def _inserted(self, statement: Statement) -> Iterator[DatabaseObject]:
        """Tables that the statement may insert into, directly or not."""
        if statement.verb == "CALL":
            body = self._definition(statement.objects[0])
            yield from written(body)
            return
        if statement.verb in ("INSERT", "REPLACE", "LOAD"):
            yield from statement.objects[:1]
        for table in statement.objects:
            for body in self._triggers(table):
                yield from written(body)

    def _triggers(self, table: DatabaseObject) -> list[str]:
        if table not in self._bodies:
            name = table.name.rpartition(".")[2].strip("`")
            rows = self._raw.execute("SHOW TRIGGERS WHERE `Table` = %s", (name,))
            self._bodies[table] = [str(row[3]) for row in rows]
        return self._bodies[table]

    def _definition(self, item: DatabaseObject) -> str:
        if item not in self._definitions:
            self._definitions[item] = definitions.definition(self._raw, item) or ""
        return self._definitions[item]


def restore(raw: Raw, entries: Iterable[Entry]) -> None:
    """Put back counters that inserts without a commit have moved. The server never goes
    below a number that is in use.
    """
    for entry in entries:
        now = definitions.definition(raw, DatabaseObject("TABLE", entry.statement))
        noted = int((entry.before or {}).get("next") or 1)
        if now is not None and definitions.counter(now) > noted:
            raw.execute(f"ALTER TABLE {entry.statement} AUTO_INCREMENT = {noted}")
