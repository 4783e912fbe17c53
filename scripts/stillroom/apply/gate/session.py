"""Records what a migration leaves in its connection, and restores it on a resume.

Settings are simply made again. What depends on rows that have changed since is recorded:
user variables by value, temporary tables with their rows.
"""

from __future__ import annotations

import re

from stillroom.apply.connection import Answer, Raw, Row
from stillroom.apply.gate.interception import Cursor
from stillroom.apply.journal.entries import DONE, Entry
from stillroom.apply.statements import Kind, Statement, classify, executing, tokens_of
from stillroom.catalog import error_numbers as er

SNAPSHOT = "snapshot"  # the journal's kind for a temporary table with its rows


class Session:
    """The state of one connection beyond its tables.

    While a revision is replayed nothing of it is needed; ``go_live`` makes it all before the
    first statement that is run.
    """

    def __init__(self, raw: Raw, snapshots: list[Entry]) -> None:
        self._raw = raw
        self._live = False
        self._last_id: int | None = None
        self._prepared: dict[str, Statement] = {}
        self._waiting: dict[str, str] = {}  # by the name of the prepared statement
        self._temporary: dict[str, bool] = {}  # table: changed since its last snapshot
        self._snapshots = {entry.statement: entry for entry in snapshots}

    # ---- settings ------------------------------------------------------------------------

    def resolve(self, statement: Statement) -> Statement:
        """``EXECUTE name`` as the statement that was prepared under that name."""
        if statement.verb != "EXECUTE" or len(statement.words) < 2:
            return statement
        inner = self._prepared.get(statement.words[1])
        return statement if inner is None else executing(statement, inner)

    def prepare(self, statement: Statement) -> None:
        """``PREPARE name FROM 'text'`` or ``@variable``: done when it is needed.

        On a resume the server might refuse it: the columns may be gone that it names.
        """
        words = tokens_of(statement.text)
        source = words[3] if len(words) > 3 else ""
        if source.startswith("@"):
            text = self._raw.value(f"SELECT {source}") or ""
        else:
            text = re.sub(r"\\(.)", r"\1", source[1:-1].replace(source[:1] * 2, source[:1]))
        text = text.decode() if isinstance(text, bytes) else str(text)
        name = words[1].upper()
        self._prepared[name] = classify(text)
        if source.startswith("@"):
            # The variable may have another value when the time comes.
            literal = text.replace("\\", "\\\\").replace("'", "''")
            self._waiting[name] = f"PREPARE {words[1]} FROM '{literal}'"
        else:
            self._waiting[name] = statement.text
        if self._live:
            self._raw.execute(self._waiting.pop(name))

    def deallocate(self, statement: Statement) -> bool:
        """``DEALLOCATE PREPARE name``: True if the server has never heard of it."""
        name = statement.words[-1]
        self._prepared.pop(name, None)
        return self._waiting.pop(name, None) is not None

    def variables(self, statement: Statement) -> Row:
        """The values of the user variables that a statement has assigned."""
        return self._raw.execute(f"SELECT {', '.join(statement.variables)}")[0]

    def set_variables(self, statement: Statement, cursor: Cursor, answer: Answer) -> None:
        """Give recorded values to the variables; the last row of the answer holds them."""
        assignments = ", ".join(f"{name} = %s" for name in statement.variables)
        self._raw.execute(f"SET {assignments}", answer.rows[-1])
        cursor.give(Answer(answer.description, answer.rows[:-1], answer.rowcount))

    # ---- replayed and run ----------------------------------------------------------------

    def skipped(self, statement: Statement, answer: Answer) -> None:
        """Note what a statement would have left in the session, had it run again."""
        if statement.verb in ("INSERT", "REPLACE") and answer.lastrowid:
            self._last_id = answer.lastrowid

    def go_live(self) -> None:
        """Make the state that the replayed statements would have left."""
        if self._live:
            return
        self._live = True
        for entry in self._snapshots.values():
            self._restore(entry)
        for text in self._waiting.values():
            self._raw.execute(text)
        self._waiting.clear()
        if self._last_id is not None and self._raw.mysql:
            self._raw.execute(f"SELECT LAST_INSERT_ID({int(self._last_id)})")

    def _restore(self, entry: Entry) -> None:
        if entry.before is None or entry.answer is None:
            return
        self._raw.execute(entry.before["create"] or "")
        self._temporary[entry.statement] = False
        marks = ", ".join(["%s"] * len(entry.answer.description or ()))
        for row in entry.answer.rows:
            self._raw.execute(f"INSERT INTO {entry.statement} VALUES ({marks})", row)

    # ---- temporary tables ----------------------------------------------------------------

    def ran(self, statement: Statement) -> None:
        """Notice which temporary tables a statement has made, changed or dropped."""
        if statement.kind is Kind.TEMPORARY:
            for item in statement.objects:
                self._temporary[item.name] = True
        else:
            for item in statement.objects:
                if item.name in self._temporary:
                    self._temporary[item.name] = True

    def is_temporary(self, statement: Statement) -> bool:
        """Whether all tables that the statement names live in this connection alone."""
        names = [item.name for item in statement.objects]
        return bool(names) and all(name in self._temporary for name in names)

    def snapshots(self) -> list[Entry]:
        """Temporary tables that have changed, for the journal."""
        entries = []
        for name, changed in list(self._temporary.items()):
            if changed:
                entries.append(self._snapshot(name))
                self._temporary[name] = False
        return entries

    def _snapshot(self, name: str) -> Entry:
        entry = Entry(SNAPSHOT, DONE, name)
        try:
            created = str(self._raw.execute(f"SHOW CREATE TABLE {name}")[0][1])
        except Exception as failure:
            if failure.args[:1] != (er.NO_SUCH_TABLE,):
                raise
            del self._temporary[name]
            return entry
        if created.startswith("CREATE TEMPORARY"):
            rows = self._raw.execute(f"SELECT * FROM {name}")
            columns = tuple((str(number),) for number in range(len(rows[0]) if rows else 0))
            entry.before = {"create": created}
            entry.answer = Answer(columns, tuple(rows))
        return entry
