"""Renders a history as a graph for a reader, and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from stillroom.errors import counted, printable
from stillroom.history_graph.drawing import Row, drawn
from stillroom.history_graph.model import HALF_APPLIED, PENDING, Entry, History
from stillroom.marked import Line, Mark, Part, columns_of, line, padded

_MARKS: dict[str, Mark] = {PENDING: "warning", HALF_APPLIED: "blocking"}
_NARROW = 24  # columns for what a revision does; with less, it has lines of its own


def as_data(history: History) -> dict[str, object]:
    """One object: ``database``, ``heads``, and ``revisions`` with their ``state`` there."""
    revisions = [
        {**asdict(entry), "state": history.state(entry.revision) or None}
        for entry in history.entries
    ]
    return {"database": asdict(history.place), "heads": history.heads, "revisions": revisions}


def heads_as_data(history: History) -> list[dict[str, object]]:
    """The entries of the heads."""
    heads = history.heads
    return [asdict(entry) for entry in history.entries if entry.revision in heads]


def as_lines(history: History, width: int = 0) -> list[Line]:
    """The graph, and where the database is, for a terminal of ``width`` columns; 0 is endless."""
    rows = list(drawn(history.entries))
    shown = [entry for entry in history.entries if not history.place.reason]
    pending = [entry for entry in shown if history.state(entry.revision) != "applied"]
    return [*_place(history, len(pending)), *_Layout(history, rows, width).lines()]


def _place(history: History, pending: int) -> Iterator[Line]:
    place = history.place
    if place.reason:
        yield line(f"No database shows where it is: {printable(place.reason)}", hang=0)
    else:
        at = ", ".join(place.heads) or "base"
        told = counted(pending, "revision is", "revisions are")
        mark: Mark = "warning" if pending else "harmless"
        end = Part(f"{told} pending" if pending else "up to date", mark)
        yield line(f"{place.database} is at {printable(at)}: ", end, ".", hang=0)
    for name in place.unknown:
        yield line(Part(f"There is no file for {printable(name)} here.", "blocking"), hang=0)
    yield line()


class _Layout:
    """The columns of a graph: its lines, revision, date, author, and what it does."""

    def __init__(self, history: History, rows: list[Row], width: int) -> None:
        self._history = history
        self._rows = rows
        entries = history.entries
        self._lines = _widest(row.lines for row in rows)
        self._ids = _widest(printable(entry.revision) for entry in entries)
        self._authors = _widest(map(_author, entries))
        self._dates = _widest(map(_date, entries))
        before = self._lines + sum(2 + own for own in self._beside() if own)
        self._hang = before + 2
        self._is_narrow = bool(width) and width - self._hang < _NARROW

    def _beside(self) -> tuple[int, int, int]:
        return self._ids, self._dates, self._authors

    def lines(self) -> Iterator[Line]:
        """All rows."""
        for row in self._rows:
            if row.entry is None:
                yield line(row.lines)
            elif self._is_narrow:
                yield from self._below(row, row.entry)
            else:
                yield self._in_columns(row, row.entry)

    def _in_columns(self, row: Row, entry: Entry) -> Line:
        columns = ((_date(entry), self._dates), (_author(entry), self._authors))
        told = "".join(f"  {padded(text, own)}" for text, own in columns if own)
        return line(
            f"{row.lines:<{self._lines}}  ",
            self._id(entry, padded(printable(entry.revision), self._ids)),
            f"{told}  ",
            *self._doc(entry),
            hang=self._hang,
            margin=row.below,
        )

    def _below(self, row: Row, entry: Entry) -> Iterator[Line]:
        hang = self._lines + 2
        space = f"{row.below:<{hang}}"
        yield line(
            f"{row.lines:<{hang}}",
            self._id(entry, printable(entry.revision)),
            hang=hang,
            margin=row.below,
        )
        beside = ", ".join(filter(None, (_date(entry), _author(entry))))
        yield line(space, *self._doc(entry), hang=hang, margin=row.below)
        if beside:
            yield line(space, beside, hang=hang, margin=row.below)

    def _id(self, entry: Entry, text: str) -> Part:
        return Part(text, _MARKS.get(self._history.state(entry.revision), "place"))

    def _doc(self, entry: Entry) -> Iterator[Part]:
        notes = [*self._notes(entry)]
        yield Part(printable(entry.doc))
        if notes:
            yield Part(f"{' ' if entry.doc else ''}(")
            for number, note in enumerate(notes):
                yield Part(", " if number else "")
                yield note
            yield Part(")")

    def _notes(self, entry: Entry) -> Iterator[Part]:
        history = self._history
        children = history.children[entry.revision]
        if entry.revision in history.place.heads:
            yield Part("the database is here", "harmless")
        if entry.revision == history.place.half_applied:
            yield Part("half-applied", "blocking")
        for label in entry.labels:
            yield Part(f"branch {printable(label)}")
        if not children:
            yield Part("head", "command")
        elif children > 1:
            yield Part("branch point")
        if len(entry.parents) > 1:
            yield Part("merge")
        if entry.depends_on:
            yield Part(f"needs {printable(', '.join(entry.depends_on))}")


def _widest(texts: Iterable[str]) -> int:
    return max(map(columns_of, texts), default=0)


def _date(entry: Entry) -> str:
    return entry.date or entry.added


def _author(entry: Entry) -> str:
    return printable(entry.author)
