"""A history of revisions, newest first, beside the database that it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

APPLIED, PENDING, HALF_APPLIED = "applied", "pending", "half-applied"


@dataclass(frozen=True)
class Entry:
    """One revision. ``date`` is what the file says; ``added`` and ``author`` are from git."""

    revision: str
    parents: tuple[str, ...]
    doc: str = ""
    date: str = ""
    added: str = ""
    author: str = ""
    labels: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Place:
    """Where a database is. ``unknown`` are revisions there is no file for.

    ``reason`` says why it was not asked, or did not answer.
    """

    database: str = ""
    heads: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    half_applied: str = ""
    reason: str = ""


@dataclass(frozen=True)
class History:
    """``entries`` in an order in which each revision comes before those that it needs."""

    entries: Sequence[Entry]
    place: Place = field(default_factory=Place)

    @cached_property
    def children(self) -> Mapping[str, int]:
        """How many revisions follow each."""
        count = dict.fromkeys((entry.revision for entry in self.entries), 0)
        for entry in self.entries:
            for parent in entry.parents:
                count[parent] += 1
        return count

    @property
    def heads(self) -> list[str]:
        """What no revision follows."""
        return [name for name, count in self.children.items() if not count]

    @cached_property
    def applied(self) -> frozenset[str]:
        """What has run in the database: its heads, and all that they need."""
        needs = {entry.revision: (*entry.parents, *entry.depends_on) for entry in self.entries}
        below: set[str] = set()
        ahead = [name for name in self.place.heads if name in needs]
        while ahead:
            name = ahead.pop()
            if name not in below:
                below.add(name)
                ahead += needs[name]
        return frozenset(below)

    def state(self, revision: str) -> str:
        """``applied``, ``pending`` or ``half-applied``; "" if no database has told."""
        if self.place.reason:
            return ""
        if revision == self.place.half_applied:
            return HALF_APPLIED
        return APPLIED if revision in self.applied else PENDING


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, newest first; branch after branch, and each before those that it needs.

    It depends on dates and ids alone, so that a graph is drawn alike everywhere.
    """
    by_name = {
        entry.revision: entry
        for entry in sorted(entries, key=lambda entry: (entry.date, entry.revision), reverse=True)
    }
    waiting = dict.fromkeys(by_name, 0)
    for entry in by_name.values():
        for needed in {*entry.parents, *entry.depends_on}:
            waiting[needed] += 1
    ready = [name for name, count in waiting.items() if not count][::-1]
    order = []
    while ready:
        entry = by_name[ready.pop()]
        order.append(entry)
        for needed in reversed(dict.fromkeys((*entry.parents, *entry.depends_on))):
            waiting[needed] -= 1
            if not waiting[needed]:
                ready.append(needed)
    return order
