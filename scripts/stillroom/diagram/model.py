"""A diagram as data: tables with some of their columns, and the foreign keys between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

NEW, GONE, CHANGED = "new", "gone", "changed"
_MARKS = {NEW: "+ ", GONE: "- ", CHANGED: "~ "}
# What turns the text around it: a name must not rearrange what stands beside it.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Row:
    """A column, or another part of a table. ``keys`` are PK, FK and UK; ``state`` as above."""

    name: str
    type: str
    keys: tuple[str, ...] = ()
    note: str = ""
    state: str = ""
    column: bool = True

    @property
    def label(self) -> str:
        """The name behind the mark of its state."""
        return _MARKS.get(self.state, "") + self.name


@dataclass(frozen=True)
class Entity:
    """A table. A ``neighbour`` stands only for what the others refer to, or are referred to by."""

    name: str
    rows: tuple[Row, ...] = ()
    comment: str = ""
    state: str = ""
    neighbour: bool = False

    @property
    def label(self) -> str:
        """The name behind the mark of its state."""
        return _MARKS.get(self.state, "") + self.name


@dataclass(frozen=True)
class Link:
    """A foreign key. ``optional``: its columns may be NULL; ``unique``: one row at most has it."""

    child: str
    parent: str
    columns: str
    optional: bool = False
    unique: bool = False
    state: str = ""


@dataclass(frozen=True)
class Diagram:
    """The entities have different names; both ends of every link are among them."""

    title: str
    entities: tuple[Entity, ...] = ()
    links: tuple[Link, ...] = ()

    def with_keys_only(self) -> Diagram:
        """The same without columns that are in no key, unless they change."""
        return self._with_rows(lambda row: bool(row.keys or row.state))

    def with_names_only(self) -> Diagram:
        """The same without rows."""
        return self._with_rows(lambda row: False)

    def _with_rows(self, keeps: Callable[[Row], bool]) -> Diagram:
        entities = tuple(
            replace(entity, rows=tuple(filter(keeps, entity.rows))) for entity in self.entities
        )
        return replace(self, entities=entities)


def visible(text: str) -> str:
    """``text`` in one line, with what a reader would not see, or what turns text, as escapes."""
    return "".join(map(_visible, " ".join(text.split())))


def _visible(char: str) -> str:
    if char in _TURNING or unicodedata.category(char) in ("Cc", "Cs"):
        return char.encode("unicode_escape").decode()
    return char
