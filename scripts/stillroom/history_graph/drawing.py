"""Draws the lines of a graph beside its revisions, as ``git log --graph`` does.

They are of ASCII, so that every terminal has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stillroom.history_graph.model import Entry


class Row(NamedTuple):
    """One row: its lines, and the revision in it, if any.

    ``below`` are the lines for more text of this revision.
    """

    lines: str
    entry: Entry | None = None
    below: str = ""


def drawn(entries: Iterable[Entry]) -> Iterator[Row]:
    """The rows of a graph, newest first. ``entries`` are in the order of `model.ordered`."""
    lanes: list[str] = []  # the revision that each line leads to
    ended = -1  # where the revision of the row before has no parent
    for entry in entries:
        places = [place for place, name in enumerate(lanes) if name == entry.revision]
        if not places:
            places = [len(lanes)]
            if ended == len(lanes):  # or that would look like the parent
                yield Row(" ".join("|" * len(lanes)))
            lanes.append(entry.revision)
        first, *others = places
        for place in reversed(others):
            yield Row(_joining(len(lanes), first, place))
            del lanes[place]
        lines = " ".join("*" if place == first else "|" for place in range(len(lanes)))
        below = " ".join(
            "|" if place != first or entry.parents else " " for place in range(len(lanes))
        )
        yield Row(lines, entry, below.rstrip())
        lanes[first : first + 1] = entry.parents[:1]
        ended = -1 if entry.parents else first
        if not entry.parents and first < len(lanes):
            yield Row(_closing(len(lanes) + 1, first))
        for number, parent in enumerate(entry.parents[1:], first + 1):
            yield Row(_parting(len(lanes), number - 1))
            lanes.insert(number, parent)


def _joining(count: int, left: int, right: int) -> str:
    """The line at ``right`` goes over to the one at ``left``; those behind it close up."""
    cells = [" "] * (2 * count - 1)
    for place in range(right):
        cells[2 * place] = "|"
    for place in range(right, count):
        cells[2 * place - 1] = "/"
    for between in range(2 * left + 1, 2 * right - 2, 2):
        cells[between] = "_"
    return "".join(cells).rstrip()


def _closing(count: int, gone: int) -> str:
    """The line at ``gone`` has ended; those behind it close up."""
    cells = [" "] * (2 * count - 1)
    for place in range(gone):
        cells[2 * place] = "|"
    for place in range(gone + 1, count):
        cells[2 * place - 1] = "/"
    return "".join(cells).rstrip()


def _parting(count: int, left: int) -> str:
    """A new line begins at the right of ``left``; those behind it make room."""
    cells = [" "] * (2 * count)
    for place in range(left + 1):
        cells[2 * place] = "|"
    for place in range(left, count):
        cells[2 * place + 1] = "\\"
    return "".join(cells).rstrip()
