"""Statements about tables that a revision itself has made, which the journal takes down together.

A series saves a write for each statement but its first. Each of them adds something under a name
that was not there, so that of a series which was cut off the last one to be found tells that
those before it have happened, too.
"""

from __future__ import annotations

from functools import lru_cache

from stillroom.apply.ddl.gentle import Gentle
from stillroom.apply.gate.interception import Raw
from stillroom.apply.outcome.single_name import TABLE, witness
from stillroom.apply.statements import Statement

LONGEST = 50
_Fact = tuple[str, str, str]  # what is added: its kind, the table, its name


class Series:
    """The facts of statements that wait to be sent in a series."""

    def __init__(self) -> None:
        self._facts: set[_Fact] = set()

    def accepts(self, gentle: Gentle, statement: Statement) -> bool:
        """Whether the statement may be part of a series."""
        fact = _fact(statement)
        if fact is None:
            return False
        kind, table, _ = fact
        return kind == TABLE or gentle.has_made(statement) or (TABLE, table, "") in self._facts

    def joins(self, statement: Statement) -> bool:
        """Whether it fits to those that wait."""
        return len(self._facts) < LONGEST and _fact(statement) not in self._facts

    def add(self, statement: Statement) -> None:
        fact = _fact(statement)
        assert fact is not None
        self._facts.add(fact)

    def begin(self, raw: Raw) -> bool:
        """All of them are about to be sent; the next series starts. False if a table that they
        make is there: only a write for each statement then tells whose it is.
        """
        tables = [table for kind, table, _ in self._facts if kind == TABLE]
        several = len(self._facts) > 1
        self._facts.clear()
        return several and not (tables and _any_is_there(raw, tables))


@lru_cache(maxsize=256)
def _fact(statement: Statement) -> _Fact | None:
    """What a statement adds; None if it may also take something away, or replaces it."""
    words = frozenset(statement.words)
    found = None if words & {"CHANGE", "SELECT", "AS"} else witness(statement)
    if found is None or found.there is False or "`.`" in statement.things[0].name:
        return None
    return found.kind, statement.things[0].name, found.name.lower()


def _any_is_there(raw: Raw, tables: list[str]) -> bool:
    names = [table[1:-1].replace("``", "`") for table in tables]
    marks = ", ".join(["%s"] * len(names))
    found = raw.value(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE()"
        f" AND table_name IN ({marks}) LIMIT 1",
        names,
    )
    return bool(found)
