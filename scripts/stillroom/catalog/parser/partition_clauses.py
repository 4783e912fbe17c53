"""Parse the clauses of ALTER TABLE that change partitions."""

from __future__ import annotations

from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.syntax import (
    Action,
    Partition,
)
from stillroom.catalog.parser.tables import (
    partition_definitions,
)


def partition(cursor: Cursor, word: str, position: int) -> Action:
    """A clause on single partitions, behind its first word."""
    cursor.expect("PARTITION")
    cursor.accept_any("NO_WRITE_TO_BINLOG", "LOCAL")
    if word == "COALESCE":
        return Partition(word, count=cursor.integer(), position=position)
    if word == "REORGANIZE":
        return _reorganize(cursor, position)
    if word == "EXCHANGE":
        return _exchange(cursor, position)
    if cursor.accept("ALL"):
        return Partition(word, every=True, position=position)
    names = partition_names(cursor)
    if word == "CHECK":
        while cursor.accept_any("QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED"):
            pass
    return Partition(word, names=names, position=position)


def partition_names(cursor: Cursor) -> tuple[str, ...]:
    """Names of partitions, separated by commas."""
    names = [cursor.identifier()]
    while cursor.accept(","):
        names.append(cursor.identifier())
    return tuple(names)


def _reorganize(cursor: Cursor, position: int) -> Partition:
    if cursor.at_end:
        return Partition("REORGANIZE", position=position)
    names = partition_names(cursor)
    cursor.expect("INTO")
    definitions = partition_definitions(cursor)
    return Partition("REORGANIZE", definitions=definitions, names=names, position=position)


def _exchange(cursor: Cursor, position: int) -> Partition:
    name = cursor.identifier()
    cursor.expect("WITH", "TABLE")
    table = cursor.table_name()
    if cursor.target.mysql or cursor.target.mariadb_from(11, 4):
        _ = cursor.accept("WITH", "VALIDATION") or cursor.accept("WITHOUT", "VALIDATION")
    return Partition("EXCHANGE", names=(name,), table=table, position=position)
