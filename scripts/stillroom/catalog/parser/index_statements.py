"""Parse CREATE INDEX and DROP INDEX: both become ALTER TABLE clauses."""

from __future__ import annotations

from stillroom.catalog.parser.alterations import constraint_name
from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.keys import index_body
from stillroom.catalog.parser.syntax import (
    Action,
    AddElement,
    AlterTable,
    Drop,
    Hint,
    IndexSpec,
)


def create_index(cursor: Cursor, start: int, *, or_replace: bool) -> AlterTable:
    """Everything behind ``CREATE [OR REPLACE]``, from UNIQUE, FULLTEXT, SPATIAL or INDEX on."""
    kind = cursor.accept_any("UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR") or ""
    cursor.expect("INDEX")
    if_not_exists = cursor.own_if_not_exists()
    name = cursor.identifier()
    algorithm = cursor.accept_any("BTREE", "HASH", "RTREE") if cursor.accept("USING") else None
    cursor.expect("ON")
    table = cursor.table_name()
    spec = index_body(
        cursor, IndexSpec(kind, (), name, if_not_exists=if_not_exists, position=start)
    )
    if algorithm and not spec.algorithm:
        spec = IndexSpec(**{**spec.__dict__, "algorithm": algorithm})
    hints = _hints(cursor)
    replaced: tuple[Action, ...] = (Drop("INDEX", name, True, start),) if or_replace else ()
    return AlterTable(table, (*replaced, AddElement(spec, start), *hints), position=start)


def drop_index(cursor: Cursor, start: int) -> AlterTable:
    """Everything behind ``DROP INDEX``."""
    if_exists = cursor.own_if_exists()
    name = constraint_name(cursor)
    cursor.expect("ON")
    table = cursor.table_name()
    drop = Drop("INDEX", name, if_exists, start)
    return AlterTable(table, (drop, *_hints(cursor)), position=start)


def _hints(cursor: Cursor) -> tuple[Hint, ...]:
    hints: list[Hint] = []
    while cursor.at_any("ALGORITHM", "LOCK"):
        position = cursor.position
        word = cursor.take().value
        cursor.accept("=")
        hints.append(Hint(word, cursor.take().value, position))
    if cursor.accept("WAIT"):
        cursor.integer()
    else:
        cursor.accept("NOWAIT")
    cursor.expect_end()
    return tuple(hints)
