"""Gives a half-applied revision its recorded answers again, statement by statement.

A revision that is run again asks for the same statements, because it gets the same answers:
also from its queries, which would now find the schema and the rows that it has changed itself.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import zip_longest

from stillroom.apply.journal.entries import FAILED, Entry


class Mismatch(Exception):
    """The revision asks for other statements than before; ``entry`` is the one in question."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.statement)
        self.entry = entry


def _was_tried_again(entry: Entry, follower: Entry | None) -> bool:
    """Whether the revision has met a failure by the same statement: it need not meet it again."""
    again = follower is not None and follower.digest == entry.digest
    return again and entry.state == FAILED


class RecordedAnswers:
    """Finds what a statement did the last time.

    Not by position: a loop over a set has another order in another process. The text counts,
    and its occurrence; of several with one text the parameters decide, unless they differ
    from all that were recorded (a ``uuid4()``, the time), when the oldest one fits.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._left: dict[str, deque[Entry]] = defaultdict(deque)
        self._guessed: dict[str, Entry] = {}
        self.count = 0
        entries = list(entries)
        for entry, follower in zip_longest(entries, entries[1:]):
            if _was_tried_again(entry, follower):
                continue
            self._left[entry.text_digest].append(entry)
            self.count += 1

    def take(self, digest: str) -> Entry | None:
        """The entry for a statement with this digest, which is then used up; None if it is new.

        Raises Mismatch for a statement that was recorded but has been given to another one.
        """
        waiting = self._left.get(digest.partition("/")[0])
        if digest in self._guessed:
            raise Mismatch(self._guessed[digest])
        if not waiting:
            return None
        for position, entry in enumerate(waiting):
            if entry.digest == digest:
                del waiting[position]
                break
        else:
            entry = waiting.popleft()
            self._guessed[entry.digest] = entry
        self.count -= 1
        return entry

    def left(self) -> list[Entry]:
        """What has not been asked for yet, in the order of the journal."""
        entries = [entry for waiting in self._left.values() for entry in waiting]
        return sorted(entries, key=lambda entry: entry.line)
