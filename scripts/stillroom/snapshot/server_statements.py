"""The statements with which a server makes the tables and rows of a snapshot as a history did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from stillroom.catalog import Catalog, CatalogError, Session, Table, execute, quoted_name
from stillroom.catalog.printing.show_create import index_text
from stillroom.catalog.record import replace
from stillroom.snapshot import writing

_BATCH_BYTES = 500_000


def table_statements(table: Table) -> list[str]:
    """The statements that make a table, and let the server make the keys that it makes itself.

    It drops such a key when a wider one comes, and keeps one that was written out.
    """
    whole = writing.create_statement(table)
    own = [number for number, index in enumerate(table.indexes) if index.generated]
    if not own:
        return [whole]
    written = [index for index in table.indexes if not index.generated]
    later = [index for index in table.indexes[own[0] :] if not index.generated]
    for added, unnamed in product(([], later), (False, True)):
        kept = tuple(index for index in written if index not in added)
        text = writing.create_statement(replace(table, indexes=kept))
        if unnamed:  # then the key has the name of its column, and the constraint that of its table
            prefix = re.escape(quoted_name(f"{table.name}_ibfk_")[:-1])
            text = re.sub(rf"CONSTRAINT {prefix}\d+` ", "", text)
        statements = [text]
        if added:
            clauses = ", ".join(f"ADD {index_text(table, index)}" for index in added)
            statements.append(f"ALTER TABLE {quoted_name(table.name)} {clauses}")
        if _makes(statements, table):
            return statements
    return [whole]


def _makes(statements: Sequence[str], table: Table) -> bool:
    """Whether they make that very table."""
    session = Session.default(table.target).with_changes(foreign_key_checks=False)
    catalog = Catalog.empty(table.target)
    try:
        for statement in statements:
            catalog = execute(catalog, statement, session).catalog
    except CatalogError:
        return False
    made = catalog.table(table.name)
    own, wanted = ([index.generated for index in one.indexes] for one in (made, table))
    return own == wanted and writing.create_statement(made) == writing.create_statement(table)


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
