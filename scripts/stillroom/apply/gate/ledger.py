"""Collects what one revision has done and read, on any connection, for the journal.

What a revision reads is kept with the next thing that cannot be undone, on whatever connection that
is done: when the revision is run again, it gets the answers of the first time and not those of a
half-applied database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stillroom.apply.connection import Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.gate.interception import Cursor
from stillroom.apply.gate.session import SNAPSHOT
from stillroom.apply.journal.entries import DONE, FAILED, NEXT, PART, STARTED, Entry, packed
from stillroom.apply.journal.journal import Journal
from stillroom.apply.statements import Kind

SILENT = frozenset({Kind.READ, Kind.SESSION, SNAPSHOT, PART})  # change nothing by themselves


class Ledger:
    """The lines of one revision. ``header`` is its own line, ``recorded`` what a resume found."""

    def __init__(self, journal: Journal, header: Entry, recorded: Sequence[Entry] = ()) -> None:
        self._journal = journal
        self.header = header
        self._lines = list(recorded)  # in the journal, in order
        self._noted: list[Entry] = []  # tied to no transaction, and not in the journal yet
        self._streams: list[Cursor] = []  # whose results stay on the server, row by row
        self._last: Entry | None = None  # the DDL statement whose line may still say "sent"

    # ---- what happens --------------------------------------------------------------------

    def note(self, entries: Iterable[Entry]) -> None:
        """Lines to be kept with the next thing that cannot be undone."""
        self._noted += entries

    def watch(self, cursor: Cursor) -> None:
        """Rows of this cursor, which are fetched one by one, belong to a line."""
        self._streams.append(cursor)

    def sent(self, entry: Entry) -> None:
        """A statement that commits by itself is about to be sent; its line is in the journal."""
        self._last = entry

    def write(self, raw: Raw, lines: Sequence[Entry]) -> list[Entry]:
        """Write ``lines``, and before them all that led to them, in the transaction of ``raw``.

        The last of ``lines`` may say "sent": whatever follows it says that it is done. Returns what
        was written.
        """
        last, everything = self._last, [*self._take_noted(raw), *lines]
        if not everything and last is None:
            return []
        if last is not None and last.state == STARTED:
            raise ApplyError.lost_in(last.statement)
        if last is not None and (last.state == FAILED or not everything):
            everything.insert(0, last)
        self._last = None
        if not self.header.line:
            everything.insert(0, self.header)
        self._keep(raw, everything)
        return everything

    def _take_noted(self, raw: Raw) -> list[Entry]:
        for cursor in self._streams:
            cursor.take_rest()
        self._streams.clear()
        noted, self._noted = self._noted, []
        for entry in noted:
            if entry.answer is not None and entry.packed is None:
                entry.packed = packed(entry)
                if entry.packed is None:
                    raise ApplyError.not_recordable(self.header.revision, entry.statement)
        return noted

    def _keep(self, raw: Raw, entries: Sequence[Entry]) -> None:
        self._journal.write(raw, entries)
        known = {id(entry) for entry in self._lines}
        self._lines += [
            entry for entry in entries if id(entry) not in known and entry is not self.header
        ]

    def rolled_back(self, entries: Sequence[Entry]) -> None:
        """Lines that were written in a transaction which is rolled back: they are to be kept."""
        gone = {id(entry) for entry in entries}
        self._lines = [entry for entry in self._lines if id(entry) not in gone]
        if id(self.header) in gone:
            self.header.line = 0
        own = (self.header, self._last)
        again = [entry for entry in entries if not any(entry is other for other in own)]
        self._noted = [*again, *self._noted]

    # ---- what has to be taken back -------------------------------------------------------

    def forget(self, raw: Raw, entries: Sequence[Entry]) -> None:
        """The server has refused the last statement, and another way will be tried."""
        self._last = None
        self._remove(raw, entries)
        self._confirm(raw)
        raw.commit()

    def complete(self, raw: Raw, entry: Entry) -> None:
        """A statement that was done in part is done."""
        entry.rest, entry.state = (), DONE
        self._keep(raw, [entry])
        raw.commit()

    def _remove(self, raw: Raw, entries: Iterable[Entry]) -> None:
        gone = {id(entry): entry for entry in entries}
        self._journal.delete(raw, [entry.line for entry in gone.values() if entry.line])
        self._lines = [entry for entry in self._lines if id(entry) not in gone]

    def _confirm(self, raw: Raw) -> None:
        """Nothing follows the last line that says "sent" any more: say that it is done."""
        unsaved = [
            line for line in self._lines if line.state == DONE and line.saved in (STARTED, NEXT)
        ]
        if unsaved:
            self._journal.write(raw, unsaved[-1:])

    def fail(self, raw: Raw, failure: BaseException) -> None:
        """The revision has ended in ``failure``, and what was not committed has not happened.

        What ended it is tried again by the next run. What is done stays; if nothing is, the
        revision is not half-applied.
        """
        self._noted.clear()
        last = self._last
        if last is not None and last.state == STARTED:
            return  # nobody knows: a resume looks
        unsent = [
            line for line in self._lines if line.state in (STARTED, NEXT) and line.kind != PART
        ]
        self._remove(raw, [*unsent, *ending(self._lines, failure)])
        self._confirm(raw)
        if not self.has_changes:
            self._journal.abandon(raw)
            self.header.line = 0
        raw.commit()

    @property
    def has_changes(self) -> bool:
        """Whether the journal has a statement that has changed something."""
        return any(entry.state == DONE and entry.kind not in SILENT for entry in self._lines)

    def discard(self) -> None:
        """The revision is complete, and needs no lines any more."""
        self._noted.clear()
        self._lines.clear()
        self._last = None


def ending(lines: Sequence[Entry], failure: BaseException | None = None) -> list[Entry]:
    """Failures that a revision has not gone on from: those behind the last change, and ``failure``.

    Their cause may be gone by the next run: a lock, a row, a full disk.
    """
    changes = [n for n, line in enumerate(lines) if line.state == DONE and line.kind not in SILENT]
    behind = changes[-1] if changes else -1
    causes = set(map(id, _causes(failure)))
    return [
        entry
        for number, entry in enumerate(lines)
        if entry.state == FAILED and (number > behind or id(entry.failure) in causes)
    ]


def _causes(failure: BaseException | None) -> Iterable[BaseException]:
    """A failure, and what it was raised from: the driver's own error is the last one."""
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:  # one may be its own cause
        seen.add(id(failure))
        yield failure
        failure = getattr(failure, "orig", None) or failure.__cause__
