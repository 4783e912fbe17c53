"""Reads a live table into a catalog, to prove that a combined statement has the same result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stillroom.apply.connection import Raw
from stillroom.apply.outcome import definitions
from stillroom.apply.server import Server
from stillroom.apply.statements import DatabaseObject
from stillroom.catalog import Catalog, CatalogError, Session, Table, Target, execute, quoted_name
from stillroom.catalog.parser.syntax import (
    AddColumn,
    AddElement,
    AlterTable,
    ForeignKeySpec,
    TableName,
)


def target_of(server: Server) -> Target | None:
    """The server as a catalog's target; None if the catalog does not know such servers."""
    try:
        return Target.parse(f"{server.kind} {server.version}")
    except ValueError:
        return None


def session_of(raw: Raw, target: Target) -> Session:
    """The settings of a connection that DDL depends on."""
    row = raw.execute(
        "SELECT DATABASE(), @@sql_mode, @@foreign_key_checks, @@character_set_client,"
        " @@collation_connection, @@default_storage_engine, @@explicit_defaults_for_timestamp"
    )[0]
    schema, modes, checks, charset, collation, engine, explicit = row
    return Session.default(target).with_changes(
        schema=schema,
        sql_mode=frozenset(str(modes).upper().split(",")),
        foreign_key_checks=bool(checks),
        charset=charset,
        collation=collation,
        storage_engine=engine,
        explicit_timestamps=bool(explicit),
    )


def catalogs_of(
    raw: Raw, statements: Sequence[AlterTable], target: Target, session: Session
) -> list[Catalog]:
    """What the server may know of the table that the statements alter, and of its parents.

    Two catalogs where the definition does not tell whether the server made an index by itself,
    for a foreign key, and so may drop it. None if the catalog does not print the table as the
    server does: then it does not know enough of it.
    """
    assert session.schema is not None
    name = statements[0].table
    catalog = Catalog.empty(target, session.schema)
    table_catalog = _with_table(catalog, raw, name, session)
    if table_catalog is None:
        return []
    catalog, table = table_catalog
    for parent in _parents(table, statements):
        if catalog.find(parent.schema or session.schema, parent.name) is None:
            more = _with_table(catalog, raw, parent, session)
            if more is None:
                return []
            catalog = more[0]
    if not table.foreign_keys:
        return [catalog]
    return [catalog, catalog.with_table(_with_own_indexes(table))]


def _with_table(
    catalog: Catalog, raw: Raw, name: TableName, session: Session
) -> tuple[Catalog, Table] | None:
    schema = name.schema or session.schema or ""
    if schema not in catalog.schemas:
        return None
    text = definitions.definition(raw, DatabaseObject("TABLE", quoted_name(schema, name.name)))
    # Not with the session's sql_mode: it decides neither what is printed nor what is there.
    apart = Session.default(catalog.target).with_changes(schema=schema, foreign_key_checks=False)
    try:
        catalog = execute(catalog, text or "", apart).catalog
    except CatalogError:
        return None
    table = catalog.find(schema, name.name)
    return (catalog, table) if table is not None and table.create_statement == text else None


def _parents(table: Table, statements: Sequence[AlterTable]) -> Iterator[TableName]:
    for key in table.foreign_keys:
        yield TableName(key.table, key.schema)
    for statement in statements:
        for action in statement.actions:
            if isinstance(action, AddElement) and isinstance(action.element, ForeignKeySpec):
                yield action.element.reference.table
            elif isinstance(action, AddColumn) and action.column.reference:
                yield action.column.reference.table


def _with_own_indexes(table: Table) -> Table:
    """The table with each index that may have come with a foreign key marked as such."""
    keys = {key.name.lower() for key in table.foreign_keys}
    keys |= {key.columns[0].lower() for key in table.foreign_keys}
    indexes = tuple(
        replace(index, generated=True) if index.name.lower() in keys and not index.kind else index
        for index in table.indexes
    )
    return replace(table, indexes=indexes)
