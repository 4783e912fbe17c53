"""The statements with which a server makes the tables and rows of a snapshot as a history did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from stillroom.catalog import Catalog, CatalogError, Session, Table, execute, quoted_name
from stillroom.catalog.model import ForeignKey
from stillroom.catalog.printing.show_create import foreign_key_text, index_text
from stillroom.catalog.record import replace
from stillroom.snapshot import writing

_BATCH_BYTES = 500_000


def table_statement(table: Table) -> str:
    """The statement that makes a table, and lets the server make the keys that it makes itself.

    It drops such a key when a wider one comes, and keeps one that was written out. It makes them
    where the foreign key stands in the statement, among the other keys.
    """
    if not any(index.generated for index in table.indexes):
        return writing.create_statement(table)
    return _best(([text] for text in _candidates(table)), table)[0]


def table_statements(table: Table) -> list[str]:
    """As ``table_statement``; with an ALTER behind it for keys that no CREATE TABLE makes.

    Such a key is left of a foreign key that is gone, so one to no table makes it and goes: that
    needs ``foreign_key_checks = 0``. Or two foreign keys share it, and came one after the other.
    """
    without = [table_statement(table)]
    gone = _keys_that_are_gone(table)
    shared = len({key.columns for key in table.foreign_keys}) < len(table.foreign_keys)
    if not gone and not shared:
        return without
    tries = [without]
    for foreign_keys in (table.foreign_keys, table.foreign_keys[::-1]):
        at_first = {key.columns: key for key in foreign_keys}.values()
        clauses = [f"DROP FOREIGN KEY {quoted_name(key.name)}" for key in gone]
        clauses += [
            f"ADD {foreign_key_text(table, key)}"
            for key in table.foreign_keys
            if key not in at_first
        ]
        alter = f"ALTER TABLE {table.sql_name} {', '.join(clauses)}"
        kept = tuple(key for key in table.foreign_keys if key in at_first)
        created = replace(table, foreign_keys=(*kept, *gone))
        tries += [[text, alter] for text in _candidates(created)]
    return _best(tries, table)


def _keys_that_are_gone(table: Table) -> list[ForeignKey]:
    """What may have been the foreign keys of which keys are left."""
    known = {key.columns for key in table.foreign_keys}
    return [
        ForeignKey(index.name, index.columns, table.schema, f"{table.name}_gone", index.columns)
        for index in table.indexes
        if index.generated and index.columns not in known
    ]


def _candidates(table: Table) -> Iterator[str]:
    whole = writing.create_statement(table)
    named = _with_foreign_keys_first(whole, table)
    yield named
    # Without a name, the key has that of its column, and the constraint that of its table.
    prefix = re.escape(quoted_name(f"{table.name}_ibfk_")[:-1])
    yield re.sub(rf"CONSTRAINT {prefix}\d+` ", "", named)
    yield whole


def _best(candidates: Iterable[list[str]], table: Table) -> list[str]:
    """The statements that make ``table``, or else its most keys as it has them."""
    tried = []
    for statements in candidates:
        likeness = _likeness(statements, table)
        if likeness == len(table.indexes):
            return statements
        tried.append((likeness, statements))
    return max(tried, key=itemgetter(0))[1]


def _with_foreign_keys_first(whole: str, table: Table) -> str:
    """``whole`` with foreign keys in place of the keys that the server makes for them.

    Those before such a one stay before it: the server numbers them as they come.
    """
    first, *inner = whole.split("\n")
    end = next(number for number, line in enumerate(inner) if line.startswith(")"))
    clauses = [line.removesuffix(",") for line in inner[:end]]
    left = list(table.foreign_keys)
    made = {index.columns for index in table.indexes if index.generated}
    for index in table.indexes:
        key = next((key for key in left if key.columns == index.columns), None)
        if not index.generated or key is None:
            continue
        earlier = [other for other in left[: left.index(key)] if other.columns not in made]
        moved = [f"  {foreign_key_text(table, foreign_key)}" for foreign_key in (*earlier, key)]
        left = [other for other in left if other not in earlier and other is not key]
        clauses = [clause for clause in clauses if clause not in moved]
        place = clauses.index(f"  {index_text(table, index)}")
        clauses[place : place + 1] = moved
    return "\n".join([first, ",\n".join(clauses), *inner[end:]])


def _likeness(statements: Sequence[str], table: Table) -> int:
    """How many keys of the table that they make are the server's own as in ``table``, or are not.

    -1 if they make another table.
    """
    session = Session.default(table.target).with_changes(foreign_key_checks=False)
    catalog = Catalog.empty(table.target)
    try:
        for statement in statements:
            catalog = execute(catalog, statement, session).catalog
    except CatalogError:
        return -1
    made = catalog.table(table.name)
    if writing.create_statement(made) != writing.create_statement(table):
        return -1
    pairs = zip(made.indexes, table.indexes, strict=True)
    return sum(own.generated == wanted.generated for own, wanted in pairs)


def joined_inserts(statements: Sequence[str]) -> Iterator[str]:
    """The INSERTs of one table, many rows in each."""
    head, _, _ = statements[0].partition(" VALUES (")
    values: list[str] = []
    size = 0
    for statement in statements:
        row = statement[len(head) + len(" VALUES ") :]
        if values and size + len(row) > _BATCH_BYTES:
            yield f"{head} VALUES {', '.join(values)}"
            values, size = [], 0
        values.append(row)
        size += len(row)
    yield f"{head} VALUES {', '.join(values)}"
