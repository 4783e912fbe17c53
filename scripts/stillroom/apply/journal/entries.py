"""The lines of the journal: what each says, and how a statement is recognised again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stillroom.apply.connection import Answer, Row
from stillroom.apply.journal import codec
from stillroom.apply.journal.codec import Unrecordable, pack, unpack

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
LOAD = "load"  # a snapshot that is loaded into an empty database
MORE = "more"  # the rest of a long answer

_NAMED = re.compile(r"%\(([^)]+)\)s")


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
        """The digest of the text, without that of the parameters."""
        return self.digest.partition("/")[0]


def text_digest(text: str) -> str:
    """Names the text of a statement: 24 digits of its SHA-256."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


def as_sent(text: str, parameters: Any) -> tuple[str, Any]:
    """A statement as the server gets it from a driver with placeholders such as ``%s``.

    From an empty tuple of parameters drivers read ``%%`` as ``%``: the names in a text are the
    table's own only behind that.
    """
    if parameters is None or parameters or "%" not in text:
        return text, parameters
    try:
        return text % (), None
    except (TypeError, ValueError):
        return text, parameters  # the driver says what is wrong


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


def restore(entry: Entry, packed: bytes | None) -> None:
    """Give an entry what ``packed`` has made of its answer, its error or its source."""
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
