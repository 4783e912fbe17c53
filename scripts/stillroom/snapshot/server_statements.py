"""The statements with which a server makes the tables and rows of a snapshot as a history did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stillroom.catalog import Catalog, CatalogError, Session, Table, execute, quoted_name
from stillroom.catalog.printing.show_create import foreign_key_text, index_text
from stillroom.snapshot import writing

_BATCH_BYTES = 500_000


def table_statement(table: Table) -> str:
    """The statement that makes a table, and lets the server make the keys that it makes itself.

    It drops such a key when a wider one comes, and keeps one that was written out. It makes them
    where the foreign key stands in the statement, among the other keys.
    """
    whole = writing.create_statement(table)
    if not any(index.generated for index in table.indexes):
        return whole
    named = _with_foreign_keys_first(whole, table)
    # Without a name, the key has that of its column, and the constraint that of its table.
    prefix = re.escape(quoted_name(f"{table.name}_ibfk_")[:-1])
    unnamed = re.sub(rf"CONSTRAINT {prefix}\d+` ", "", named)
    best, most = whole, -1
    for text in (named, unnamed, whole):
        likeness = _likeness(text, table)
        if likeness > most:
            best, most = text, likeness
        if most == len(table.indexes):
            break
    # No statement makes a key that is left of a foreign key which is gone.
    return best


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


def _likeness(statement: str, table: Table) -> int:
    """How many keys of the table that it makes are the server's own as in ``table``, or are not.

    -1 if it makes another table.
    """
    session = Session.default(table.target).with_changes(foreign_key_checks=False)
    try:
        catalog = execute(Catalog.empty(table.target), statement, session).catalog
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
