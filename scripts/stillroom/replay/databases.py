"""Tells the databases of one env.py apart: it may configure Alembic once for each of several."""

from __future__ import annotations

from collections.abc import Mapping

from alembic.runtime.migration import MigrationContext

from stillroom.catalog.catalog import Schema
from stillroom.catalog.record import replace
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.replay.server import Server, State
from stillroom.replay.server.driver import Connection


def schema_of(context: MigrationContext) -> str:
    """The catalog's name of the schema that a configuration of Alembic works in."""
    connection = context.connection.connection.dbapi_connection if context.connection else None
    if isinstance(connection, Connection):
        return connection.client.schema or DEFAULT_SCHEMA
    return DEFAULT_SCHEMA


def settle(context: MigrationContext, server: Server) -> None:
    """Let the database that env.py works in first be the default one of ``server``.

    A module may have connected to another when it was imported. What that has done to tables is
    undone: where the module is imported already, it does not happen again.
    """
    connection = context.connection.connection.dbapi_connection if context.connection else None
    schema = schema_of(context)
    if schema == DEFAULT_SCHEMA or not isinstance(connection, Connection):
        return
    held = server.catalog.schemas.get(schema)
    if held is not None and not held.tables:
        first = server.first
        default = {DEFAULT_SCHEMA: first.catalog.schemas[DEFAULT_SCHEMA]}
        schemas = {**server.catalog.schemas, **default}
        del schemas[schema]
        catalog = replace(server.catalog, schemas=schemas)
        server.state = replace(server.state, catalog=catalog, rows=first.rows)
    else:
        server.state = as_seen_from(server.state, schema)
    server.make_default(schema)
    client = connection.client
    client.session = client.session.with_changes(schema=DEFAULT_SCHEMA)
    context.dialect.default_schema_name = server.database  # which it has asked for before


def as_seen_from(state: State, schema: str) -> State:
    """The state with ``schema`` as the default one, in place of that which was."""
    if schema == DEFAULT_SCHEMA:
        return state
    catalog, rows = state.catalog, state.rows
    schemas = {name: held for name, held in catalog.schemas.items() if name != DEFAULT_SCHEMA}
    held = schemas.pop(schema, None)
    if held is None:
        empty = type(catalog).empty(catalog.target).schemas
        return replace(state, catalog=replace(catalog, schemas={**schemas, **empty}))
    tables = {
        (DEFAULT_SCHEMA if place == schema else place, name): contents
        for (place, name), contents in rows.tables.items()
        if place != DEFAULT_SCHEMA
    }
    renamed = _renamed(held, DEFAULT_SCHEMA)
    return replace(
        state,
        catalog=replace(catalog, schemas={DEFAULT_SCHEMA: renamed, **schemas}),
        rows=replace(rows, tables=tables),
    )


def joined(states: Mapping[str, State]) -> State:
    """The state of several databases, by name, each of which is the default one of its own."""
    (_, first), *others = states.items()
    if not others:
        return first
    catalog, tables = first.catalog, dict(first.rows.tables)
    for schema, state in others:
        catalog = catalog.with_schema(_renamed(state.catalog.schema(), schema))
        tables |= {(schema, name): held for (_, name), held in state.rows.tables.items()}
    rows = replace(first.rows, tables=tables)
    return replace(first, catalog=catalog, rows=rows, databases=tuple(states))


def _renamed(schema: Schema, name: str) -> Schema:
    """The same with another name, by which its tables refer to each other."""
    renamed = Schema(name, schema.collation)
    renamed = replace(renamed, programs=schema.programs, comment=schema.comment)
    for table in schema.tables.values():
        keys = tuple(
            replace(key, schema=name) if key.schema == schema.name else key
            for key in table.foreign_keys
        )
        renamed = renamed.with_table(replace(table, schema=name, foreign_keys=keys))
    return renamed
