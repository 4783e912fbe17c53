"""The journal table: what a half-applied revision has done and seen so far.

One table beside ``alembic_version``, one row a statement, for one revision at a time. It
exists only while an upgrade runs or a revision is half-applied; dropped when empty, it is
never there for ``alembic revision --autogenerate`` or ``alembic check`` to take for a table
that no model has, in any project and with any env.py.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alembic.runtime.migration import MigrationContext

from stillroom.apply import codec
from stillroom.apply.codec import Unrecordable, pack, unpack
from stillroom.apply.connection import Answer, Raw, Row, error_code
from stillroom.apply.errors import ApplyError
from stillroom.apply.server import Server
from stillroom.shell import Command

# A statement that was sent, and is followed by another, is done: that saves one write for each.
STARTED, DONE, FAILED = "sent", "done", "failed"
NEXT = "next"  # of a group, behind its first: sent when the one before it is done

# Rows of other kinds than statements:
DEPLOYER = "deployer"  # line 0: who works here
REVISION = "revision"  # the revision, with its text
PART = "part"  # a statement as the revision sent it, which ran in the next combined one
COMBINED = "merged"  # a statement of ours, in place of the parts before it
LEASE = "lease"  # line -1: who may work here, on a cluster
ONLINE = "online"  # a table that a program copies
COUNTER = "counter"  # AUTO_INCREMENT of a table before inserts that are not committed yet
MORE = "more"  # the rest of a long answer

_COLUMNS = "line, revision, direction, kind, state, statement, digest, before_it, answer, at"
_CHUNK = 1 << 20  # bytes of one row: servers refuse packets of more than 16 MiB
_GARBLED = (ValueError, TypeError, KeyError, IndexError, zlib.error)
_NO_COLUMN = 1054
_NAMED = re.compile(r"%\(([^)]+)\)s")
_READABLE = 20_000  # characters of a statement that are kept; the digest stands for all


@dataclass
class Entry:
    """One line of the journal.

    ``digest`` names text and parameters as ``text/parameters``. ``before`` is the fingerprint
    of what a DDL statement names, taken before it. ``answer`` is what the migration got, None
    when it cannot be given again; ``error`` is the class and arguments of the driver's error.
    """

    kind: str
    state: str
    statement: str
    digest: str = ""
    before: dict[str, str | None] | None = None
    answer: Answer | None = None
    error: tuple[str, list[Any]] | None = None
    source: str | None = None
    line: int = 0
    revision: str = ""
    direction: str = ""
    at: datetime | None = None
    seen: list[Any] | None = field(default=None, repr=False)  # rows of a result on the server
    failure: BaseException | None = field(default=None, repr=False)  # the driver's own object
    packed: bytes | None = field(default=None, repr=False)  # the answer, once it is complete
    saved: str = ""  # the state that the journal has
    rest: tuple[str, ...] = ()  # what completes a statement that was done in part

    def fail(self, failure: BaseException) -> None:
        """The server has refused the statement."""
        self.state, self.failure = FAILED, failure
        self.error = (type(failure).__name__, list(failure.args))

    @property
    def text_digest(self) -> str:
        return self.digest.partition("/")[0]


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


def identity(text: str, parameters: Any) -> str:
    """Names a statement as ``text/parameters``, alike whether its placeholders have names or not:
    what one driver has begun another may go on with.
    """
    many = isinstance(parameters, list)
    sets = parameters if many else [parameters]
    if sets and isinstance(sets[0], Mapping) and sets[0]:
        names = _NAMED.findall(text)
        text = _NAMED.sub("%s", text)
        values = [tuple(given.get(name) for name in names) for given in sets]
        parameters = values if many else values[0]
    name = text_digest(text)
    return f"{name}/{codec.digest(parameters)}" if parameters else name


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

    def look(self, raw: Raw) -> bool:
        """Whether the table is there; remembered in ``exists``."""
        if raw.mysql:
            found = raw.value(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = %s"
                " AND table_name = %s",
                (self.schema, self.name),
            )
        else:
            found = raw.value("SELECT 1 FROM sqlite_master WHERE name = %s", (self.name,))
        self.exists = bool(found)
        return self.exists

    def create(self, raw: Raw) -> None:
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
            if not isinstance(failure, _GARBLED) and error_code(failure) != _NO_COLUMN:
                raise
            raise ApplyError(
                "AP113",
                f"the table {self.name} is no journal that can be read: {failure}",
                fix="If nothing is half-applied, this removes it: "
                f"{Command('repair', forget=True)}",
            ) from failure

    def _read(self, raw: Raw) -> list[Entry]:
        entries: list[Entry] = []
        answers: list[bytes | None] = []
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
        for entry, packed in zip(entries, answers, strict=True):
            _restore(entry, packed)
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
    def has_lines(self) -> bool:
        """Whether there is more than the deployer's line."""
        return self._next_line > 1


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


def packed(entry: Entry) -> bytes | None:
    """The answer to a statement as the journal keeps it; None if there is none, or it cannot."""
    if entry.source is not None:
        return pack(entry.source)
    if entry.error is not None:
        return pack({"error": entry.error})
    answer = entry.answer
    if answer is None:
        return None
    rows = entry.seen if entry.seen is not None else answer.rows
    try:
        return pack([answer.description, list(rows), answer.rowcount, answer.lastrowid])
    except Unrecordable:
        return None


def _restore(entry: Entry, packed: bytes | None) -> None:
    if packed is None:
        return
    content = unpack(packed)
    if entry.kind == REVISION:
        entry.source = content
    elif isinstance(content, dict):
        entry.error = (content["error"][0], content["error"][1])
    else:
        description, rows, rowcount, lastrowid = content
        columns = tuple(tuple(column) for column in description) if description else None
        entry.answer = Answer(columns, tuple(map(_row, rows)), rowcount, lastrowid)


def _row(values: Any) -> Row:
    """A row as the cursor gave it; a cursor may give dictionaries."""
    return values if isinstance(values, dict) else tuple(values)  # type: ignore[return-value]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else value
