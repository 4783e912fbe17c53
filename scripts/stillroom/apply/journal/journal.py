"""The journal table: what a half-applied revision has done and seen so far.

One table beside ``alembic_version``, one row a statement, for one revision at a time. It
exists only while an upgrade runs or a revision is half-applied; dropped when empty, it is
never there for ``alembic revision --autogenerate`` or ``alembic check`` to take for a table
that no model has, in any project and with any env.py.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from alembic.runtime.migration import MigrationContext

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.errors import ApplyError
from stillroom.apply.journal.entries import (
    COUNTER,
    DEPLOYER,
    DONE,
    MORE,
    Entry,
    packed,
    restore,
)
from stillroom.apply.server import Server
from stillroom.catalog import error_numbers as er
from stillroom.shell import Command

_COLUMNS = "line, revision, direction, kind, state, statement, digest, before_it, answer, at"
_CHUNK = 1 << 20  # bytes of one row: servers refuse packets of more than 16 MiB
_GARBLED = (ValueError, TypeError, KeyError, IndexError, zlib.error)
_READABLE = 20_000  # characters of a statement that are kept; the digest stands for all


def table_name(version_table: str) -> str:
    """The journal's name; each version table in a schema has its own."""
    if version_table == "alembic_version":
        return "stillroom_journal"
    return f"stillroom_journal_{version_table}"[:64]


class Journal:
    """The table, over a connection of ours. Nothing here commits but ``create`` and ``drop``."""

    def __init__(self, version_table: str, schema: str | None) -> None:
        self.name = table_name(version_table)
        self.schema = schema
        quote = "`{}`".format
        self.table = ".".join(quote(part) for part in (schema, self.name) if part)
        self.exists = False
        self._next_line = 1
        self._is_known = False  # whether ``_next_line`` is that of the table

    def look(self, raw: Raw) -> bool:
        """Whether the table is there; remembered in ``exists``."""
        if raw.mysql:
            answer = raw.value(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = %s"
                " AND table_name = %s",
                (self.schema, self.name),
            )
        else:
            answer = raw.value("SELECT 1 FROM sqlite_master WHERE name = %s", (self.name,))
        self.exists = bool(answer)
        self._is_known = self._is_known or not self.exists
        return self.exists

    def create(self, raw: Raw) -> None:
        """Make the table, if it is not there."""
        raw.execute(self.definition(mysql=raw.mysql))
        self.exists = True

    def definition(self, *, mysql: bool) -> str:
        """The statement that makes the table, if it is not there."""
        text, blob, number, tail = (
            ("MEDIUMTEXT", "LONGBLOB", "INT", _MYSQL_TAIL)
            if mysql
            else ("TEXT", "BLOB", "INTEGER", "")
        )
        return (
            f"CREATE TABLE IF NOT EXISTS {self.table} (line {number} NOT NULL PRIMARY KEY,"
            " revision VARCHAR(255), direction VARCHAR(9), kind VARCHAR(11) NOT NULL,"
            f" state VARCHAR(7), statement {text}, digest VARCHAR(49),"
            f" before_it {text}, answer {blob}, at VARCHAR(26)){tail}"
        )

    def drop(self, raw: Raw) -> None:
        """Remove the table, if it is there."""
        raw.execute(f"DROP TABLE IF EXISTS {self.table}")
        self.exists = False

    def write(self, raw: Raw, entries: Iterable[Entry]) -> None:
        """Add lines, or change those that are there already; new ones get their number."""
        if not self.exists:
            self.create(raw)
        batch: list[tuple[Any, ...]] = []
        size = 0
        entries = list(entries)
        for row in self._rows(entries):
            weight = sum(len(value) for value in row if isinstance(value, str | bytes))
            if batch and (size + weight > _CHUNK or len(batch) == 500):
                self._insert(raw, batch)
                batch, size = [], 0
            batch.append(row)
            size += weight
        if batch:
            self._insert(raw, batch)
        for entry in entries:
            entry.saved = entry.state

    def _insert(self, raw: Raw, rows: list[tuple[Any, ...]]) -> None:
        update = (
            "ON DUPLICATE KEY UPDATE state = VALUES(state), answer = VALUES(answer)"
            if raw.mysql
            else "ON CONFLICT (line) DO UPDATE SET state = excluded.state, answer = excluded.answer"
        )
        values: list[Any] = []
        marks = []
        for row in rows:
            pairs = [_literal(value) if raw.mysql else ("%s", value) for value in row]
            marks.append(f"({', '.join(mark for mark, _ in pairs)})")
            values += [value for _, value in pairs]
        raw.execute(
            f"INSERT INTO {self.table} ({_COLUMNS}) VALUES {', '.join(marks)} {update}", values
        )

    def _rows(self, entries: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
        at = datetime.now().isoformat(" ", "microseconds")
        for entry in entries:
            if entry.line and entry.state == DONE and entry.before is not None:
                # DDL, which has committed its line: of that the state alone is new.
                yield (entry.line, "", "", entry.kind, DONE, "", "", None, packed(entry), at)
                continue
            answer = entry.packed or packed(entry)
            if entry.kind != DEPLOYER:
                entry.line = entry.line or self._next_line
            self._next_line = max(self._next_line, entry.line + 1 + len(answer or b"") // _CHUNK)
            before = json.dumps(entry.before) if entry.before is not None else None
            text = entry.statement[:_READABLE]
            common = (entry.revision, entry.direction)
            first = answer[:_CHUNK] if answer is not None else None
            yield (
                entry.line, *common, entry.kind, entry.state, text, entry.digest, before, first, at,
            )  # fmt: skip
            for start in range(_CHUNK, len(answer or b""), _CHUNK):
                part = (answer or b"")[start : start + _CHUNK]
                yield (entry.line + start // _CHUNK, *common, MORE, DONE, "", "", None, part, at)

    def read(self, raw: Raw) -> list[Entry]:
        """All lines in order; the parts of long answers are joined.

        Raises ApplyError AP113 for a table of this name that is no journal.
        """
        try:
            return self._read(raw)
        except Exception as failure:
            if not isinstance(failure, _GARBLED) and error_code(failure) != er.BAD_FIELD_ERROR:
                raise
            raise ApplyError(
                "AP113",
                f"the table {self.name} is not a journal that this version can read: {failure}",
                fix=(
                    "If no revision is half-applied, this removes the table: "
                    f"{Command('repair', forget=True)}"
                ),
            ) from failure

    def _read(self, raw: Raw) -> list[Entry]:
        entries: list[Entry] = []
        answers: list[bytes | None] = []
        self._is_known = False
        rows = raw.execute(f"SELECT {_COLUMNS} FROM {self.table} ORDER BY line")
        for line, revision, direction, kind, state, text, digest, before, answer, at in rows:
            self._next_line = max(1, line + 1)
            if kind == MORE:
                answers[-1] = (answers[-1] or b"") + bytes(answer)
                continue
            entry = Entry(kind, state, _text(text), digest, line=line)
            entry.revision, entry.direction = revision, direction
            entry.before = json.loads(_text(before)) if before else None
            entry.at = datetime.fromisoformat(at)
            entries.append(entry)
            answers.append(bytes(answer) if answer is not None else None)
        for entry, content in zip(entries, answers, strict=True):
            restore(entry, content)
        self._is_known = True
        return entries

    def delete(self, raw: Raw, lines: Iterable[int]) -> None:
        """Remove lines by number."""
        numbers = list(lines)
        if numbers:
            marks = ", ".join(["%s"] * len(numbers))
            raw.execute(f"DELETE FROM {self.table} WHERE line IN ({marks})", numbers)

    def delete_counters(self, raw: Raw) -> None:
        """The inserts are committed whose counters were noted."""
        raw.execute(f"DELETE FROM {self.table} WHERE kind = %s", (COUNTER,))

    def clear(self, raw: Raw) -> None:
        """The revision is complete: remove all lines but the deployer's."""
        raw.execute(f"DELETE FROM {self.table} WHERE line > 0")
        self._next_line = 1

    def abandon(self, raw: Raw) -> None:
        """Nothing of the revision is done. Counters stay, to be put back by the next run."""
        raw.execute(f"DELETE FROM {self.table} WHERE line > 0 AND kind <> %s", (COUNTER,))
        self._next_line = 1 + int(raw.value(f"SELECT MAX(line) FROM {self.table}") or 0)

    @property
    def is_empty(self) -> bool:
        """Whether the deployer's line is all that is in it. What could not be read never is."""
        return self._is_known and self._next_line == 1


def journal_of(context: MigrationContext, server: Server) -> Journal:
    """The journal beside the version table of a configured context."""
    schema = context.version_table_schema or (server.database if server.is_mysql else None)
    return Journal(context.version_table, schema)


_MYSQL_TAIL = (
    " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    " COMMENT='Statements of a half-applied revision; goes away when it is complete'"
)


def _literal(value: Any) -> tuple[str, Any]:
    """A placeholder and a parameter in ASCII.

    The migration may have told the server another character set; and aiomysql 0.3 fails on
    bytes.
    """
    if isinstance(value, bytes):
        return "UNHEX(%s)", value.hex()
    if isinstance(value, str) and not value.isascii():
        return "CONVERT(UNHEX(%s) USING utf8mb4)", value.encode(errors="replace").hex()
    return "%s", value


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value
