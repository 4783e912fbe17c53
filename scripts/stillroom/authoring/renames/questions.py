"""Asks whether a table, column or key was renamed, or dropped and created anew."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TextIO

from stillroom.catalog import Catalog, Column, Table
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.difference import Difference
from stillroom.errors import printable

_SIMILAR_NAME = 0.6
_SAME_COLUMNS = 0.5
KEYS = ("index", "foreign key", "check")


@dataclass(frozen=True)
class Rename:
    """A possible rename of a table, or of a column, key or check of ``table``.

    ``kind`` is that of a `Difference`.
    """

    schema: str
    table: str
    old: str
    new: str
    kind: str = "column"

    @property
    def is_table(self) -> bool:
        """Whether it is the table that gets another name."""
        return self.kind == "table"

    @property
    def holds_rows(self) -> bool:
        """Whether dropping it would lose data."""
        return self.kind in ("table", "column")

    @property
    def place(self) -> tuple[str, str, str]:
        """The schema, table and kind, within which names are unique."""
        return self.schema, "" if self.is_table else self.table, self.kind

    @property
    def dropped(self) -> str:
        """The old name as ``drop=`` takes it."""
        table = f"{self.schema}.{self.table}" if self.schema else self.table
        return table if self.is_table else f"{table}.{self.old}"

    @property
    def answer(self) -> str:
        """The rename as ``rename=`` takes it."""
        return f"{spelled(self.dropped)}:{spelled(self.new)}"

    @property
    def words(self) -> str:
        """The old name, with the kind where that is not a column."""
        return self.dropped if self.kind == "column" else f"{self.kind} {self.dropped}"


def spelled(name: str) -> str:
    """A name as an answer takes it: in single quotes if one of its characters separates answers."""
    if not re.search(r"[\s,:;=']", name):
        return name
    return "'" + name.replace("'", "''") + "'"


class Questioner:
    """Knows the answers that were given as options, and asks nobody.

    ``used`` are the renames that were asked for. ``steps`` is 2 where an answer was that.
    """

    def __init__(self, renames: Mapping[str, str], drops: Collection[str]) -> None:
        self.renames, self.drops = dict(renames), set(drops)
        self.used: set[str] = set()
        self.steps = 1

    def ask(self, candidate: Rename, *, implied: bool = False) -> bool | None:
        """Whether it is a rename; None without an answer. ``implied`` by another answer: yes."""
        # The name of a key is enough: it mostly contains that of its table.
        names = [candidate.dropped, *([] if candidate.holds_rows else [candidate.old])]
        for name in names:
            if self.renames.get(name) == candidate.new:
                self.used.add(name)
                return True
        if any(name in self.renames or name in self.drops for name in names):
            return False
        return True if implied else self._asked(candidate)

    def _asked(self, candidate: Rename) -> bool | None:
        return None


class Interactive(Questioner):
    """Asks at the terminal."""

    def __init__(
        self,
        renames: Mapping[str, str],
        drops: Collection[str],
        answers: TextIO | None = None,
        questions: TextIO | None = None,
    ) -> None:
        super().__init__(renames, drops)
        self.answers, self.questions = answers or sys.stdin, questions or sys.stderr
        self.given: dict[Rename, bool] = {}

    def _asked(self, candidate: Rename) -> bool | None:
        while candidate not in self.given:
            ways = "[y/n/2: in two steps]" if candidate.kind == "column" else "[y/n]"
            question = printable(f"Was {candidate.words} renamed to {candidate.new}? {ways} ")
            print(question, end="", file=self.questions, flush=True)
            line = self.answers.readline()
            if not line:
                return None
            answer = line.strip().lower()
            if answer == "2" and candidate.kind == "column":
                self.steps = 2
            if answer in ("y", "yes", "n", "no") or self.steps == 2:
                self.given[candidate] = not answer.startswith("n")
        return self.given[candidate]


def table_candidates(
    history: Catalog, models: Catalog, differences: Sequence[Difference]
) -> Iterator[Rename]:
    """Dropped and new tables that look alike."""
    tables = [difference for difference in differences if difference.kind == "table"]
    come = [difference for difference in tables if not difference.history]
    for old in (difference for difference in tables if not difference.models):
        alike = []
        for new in come:
            ours = history.find(old.schema or DEFAULT_SCHEMA, old.table)
            theirs = models.find(new.schema or DEFAULT_SCHEMA, new.table)
            if old.schema == new.schema and ours and theirs and _same_columns(ours, theirs):
                alike.append(new.table)
        for name in _nearest(old.table, alike):
            yield Rename(old.schema, old.table, old.table, name, "table")


def column_candidates(
    history: Catalog, models: Catalog, differences: Sequence[Difference]
) -> Iterator[Rename]:
    """Dropped and new columns of the same table that look alike."""
    columns = [
        difference
        for difference in differences
        if difference.kind == "column" and not difference.aspect
    ]
    for old in columns:
        place = (old.schema or DEFAULT_SCHEMA, old.table)
        ours, theirs = history.find(*place), models.find(*place)
        if old.models or ours is None or theirs is None:
            continue
        alike = []
        for new in columns:
            if (new.schema, new.table) == (old.schema, old.table) and not new.history:
                before, after = ours.column(old.name), theirs.column(new.name)
                if before and after and _alike(before, after):
                    alike.append(new.name)
        for name in _nearest(old.name, alike):
            yield Rename(old.schema, old.table, old.name, name)
    for case in differences:
        if case.kind == "column" and case.aspect == "name":
            yield Rename(case.schema, case.table, case.history, case.models)


def key_candidates(
    history: Catalog, models: Catalog, differences: Sequence[Difference]
) -> Iterator[Rename]:
    """Dropped and new indexes, foreign keys and checks that differ only by name."""
    ours = [
        difference
        for difference in differences
        if difference.kind in KEYS and not difference.models
    ]
    theirs = [
        difference
        for difference in differences
        if difference.kind in KEYS and not difference.history
    ]
    for old in ours:
        place = (old.schema, old.table, old.kind, old.history)
        alike = [
            new.name for new in theirs if place == (new.schema, new.table, new.kind, new.models)
        ]
        for name in _nearest(old.name, alike):
            yield Rename(old.schema, old.table, old.name, name, old.kind)


def implied(candidate: Rename, answered: Sequence[Rename]) -> bool:
    """Whether the new name follows from renames that were answered, or differs only by case.

    ``ix_user_email`` becomes ``ix_user_mail`` where ``user.email`` becomes ``user.mail``.
    """
    if candidate.old.lower() == candidate.new.lower():
        return True
    names = {candidate.old}
    for rename in answered:
        if rename.holds_rows:
            names |= {name.replace(rename.old, rename.new) for name in names}
    return not candidate.holds_rows and candidate.new in names


def _alike(old: Column, new: Column) -> bool:
    if (old.generated is None) != (new.generated is None):
        return False
    same = (old.type.name, old.type.length, old.type.values, old.type.unsigned) == (
        *(new.type.name, new.type.length, new.type.values),
        new.type.unsigned,
    )
    return same or (_ratio(old.name, new.name) >= _SIMILAR_NAME and old.type.name == new.type.name)


def _same_columns(old: Table, new: Table) -> bool:
    ours = {(column.name.lower(), column.type.name) for column in old.columns}
    theirs = {(column.name.lower(), column.type.name) for column in new.columns}
    return len(ours & theirs) >= _SAME_COLUMNS * len(ours | theirs)


def _nearest(name: str, others: Sequence[str]) -> list[str]:
    """``others``, the most similar first."""
    return sorted(others, key=lambda other: -_ratio(name, other))


def _ratio(name: str, other: str) -> float:
    return SequenceMatcher(None, name.lower(), other.lower()).ratio()
