"""Finds statements about tables that the revision itself has created: they are recorded together.

Such a group saves one write for each statement but its first. Each statement adds something under a
name that was not there: after a cut, the last one that is found tells that those before it have
happened, too.
"""

from __future__ import annotations

from functools import lru_cache

from stillroom.apply.connection import Raw
from stillroom.apply.ddl.sender import DdlSender
from stillroom.apply.outcome.evidence import TABLE, evidence_of
from stillroom.apply.statements import Statement
from stillroom.catalog import unquoted_name

LONGEST = 50
_Addition = tuple[str, str, str]  # what is added: its kind, the table, its name


class StatementGroup:
    """What the statements that wait to be sent together add."""

    def __init__(self) -> None:
        self._additions: set[_Addition] = set()

    def accepts(self, sender: DdlSender, statement: Statement) -> bool:
        """Whether the statement may be part of the group."""
        addition = _addition(statement)
        if addition is None:
            return False
        kind, table, _ = addition
        return kind == TABLE or sender.has_made(statement) or (TABLE, table, "") in self._additions

    def joins(self, statement: Statement) -> bool:
        """Whether it fits to those that wait."""
        return len(self._additions) < LONGEST and _addition(statement) not in self._additions

    def add(self, statement: Statement) -> None:
        """Take in a statement that adds something to a new table."""
        addition = _addition(statement)
        assert addition is not None
        self._additions.add(addition)

    def begin(self, raw: Raw) -> bool:
        """All of them are about to be sent; the next group starts. False if a table that they
        make is there: only a write for each statement then tells whose it is.
        """
        tables = [table for kind, table, _ in self._additions if kind == TABLE]
        several = len(self._additions) > 1
        self._additions.clear()
        return several and not (tables and _any_is_there(raw, tables))


@lru_cache(maxsize=256)
def _addition(statement: Statement) -> _Addition | None:
    """What a statement adds; None if it may also take something away, or replaces it."""
    words = frozenset(statement.words)
    evidence = None if words & {"CHANGE", "SELECT", "AS"} else evidence_of(statement)
    if evidence is None or evidence.there is False or "`.`" in statement.objects[0].name:
        return None
    return evidence.kind, statement.objects[0].name, evidence.name.lower()


def _any_is_there(raw: Raw, tables: list[str]) -> bool:
    names = [unquoted_name(table) for table in tables]
    marks = ", ".join(["%s"] * len(names))
    exists = raw.value(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE()"
        f" AND table_name IN ({marks}) LIMIT 1",
        names,
    )
    return bool(exists)
