"""Reads and writes the comments with which a squash says for which revisions it stands."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stillroom.project.marks import comments, with_comments

_SQUASH, _IDS = "# stillroom: squash ", "# stillroom: squashed "
_WIDTH = 88


class Squash(NamedTuple):
    """One squash: the ``ids`` of the revisions that it stands for, but for its own.

    ``available`` is the tag or commit that has their files, ``blob`` git's name for the file that
    the revision had before.
    """

    available: str
    blob: str
    ids: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The comments that say so."""
        yield f"{_SQUASH}{self.available} {self.blob}"
        yield from (
            f"{_IDS}{part}"
            for part in textwrap.wrap(
                " ".join(self.ids),
                _WIDTH - len(_IDS),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def squashes_of(text: str) -> list[Squash]:
    """What a revision says that it stands for; several, if a squash was squashed again."""
    squashes: list[Squash] = []
    for comment in comments(text):
        if comment.text.startswith(_SQUASH):
            available, _, blob = comment.text.removeprefix(_SQUASH).strip().partition(" ")
            squashes.append(Squash(available, blob.strip(), ()))
        elif comment.text.startswith(_IDS) and squashes:
            ids = (*squashes[-1].ids, *comment.text.removeprefix(_IDS).split())
            squashes[-1] = squashes[-1]._replace(ids=ids)
    return squashes


def with_squashes(text: str, squashes: Sequence[Squash]) -> str:
    """The text of a revision with what it stands for, in front of ``upgrade()``."""
    newest = squashes[0]
    count = len({name for squash in squashes for name in squash.ids})
    note = [
        f"# This revision stands for {count} older ones besides itself; git has their files at",
        f"# {newest.available}. A database that is at one of them is upgraded from there first.",
    ]
    marks = [line for squash in squashes for line in squash.lines()]
    return with_comments(text, [*note, *marks])
