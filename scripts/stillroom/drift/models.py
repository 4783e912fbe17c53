"""Builds the models into a catalog: what ``create_all()`` would make of them on the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, create_engine
from sqlalchemy.exc import CompileError, DBAPIError

from stillroom.catalog import Catalog, Target
from stillroom.offline import Server, standing_in


@dataclass(frozen=True)
class Built:
    """The catalog of the models, and the tables that the target would refuse, with its words."""

    catalog: Catalog
    refused: tuple[tuple[Table, str], ...] = ()


def metadata_of(given: MetaData | Sequence[MetaData] | None) -> list[MetaData]:
    """Alembic takes one MetaData or several."""
    if given is None:
        return []
    return [given] if isinstance(given, MetaData) else list(given)


def build(metadata: Sequence[MetaData], context: MigrationContext, target: Target) -> Built:
    """Create the tables of ``metadata`` that the project's filters let through."""
    tables = wanted_tables(metadata, context)
    server = Server(Catalog.empty(target))
    assert context.bind is not None
    url = context.bind.engine.url
    server.client(url.database)
    for schema in {table.schema for table in tables if table.schema}:
        server.client(schema)
    with standing_in(server):
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                refused = _create(tables, connection)
        finally:
            engine.dispose()
    return Built(server.catalog, tuple(refused))


def wanted_tables(metadata: Sequence[MetaData], context: MigrationContext) -> list[Table]:
    """The tables that the project's filters let through, each after those that it refers to."""
    filters = AutogenContext(context, metadata=metadata)
    return [
        table
        for one in metadata
        for table in one.sorted_tables
        if _wanted(table, filters) and not _is_version_table(table, context)
    ]


def _wanted(table: Table, filters: AutogenContext) -> bool:
    names = {"schema_name": table.schema, "table_name": table.name}
    return filters.run_name_filters(
        table.name,
        "table",
        names,  # type: ignore[arg-type]
    ) and filters.run_object_filters(table, table.name, "table", False, None)


def _is_version_table(table: Table, context: MigrationContext) -> bool:
    return (table.schema, table.name) == (context.version_table_schema, context.version_table)


def _create(tables: Sequence[Table], connection: Connection) -> list[tuple[Table, str]]:
    """All at once, as foreign keys in a circle need; one by one if something is refused."""
    try:
        for one in {table.metadata: None for table in tables}:
            wanted = [table for table in tables if table.metadata is one]
            one.create_all(connection, tables=wanted, checkfirst=False)
    except (CompileError, DBAPIError):
        return _create_singly(tables, connection)
    return []


def _create_singly(tables: Sequence[Table], connection: Connection) -> list[tuple[Table, str]]:
    refused = []
    for table in tables:
        try:
            table.create(connection, checkfirst=True)
        except DBAPIError as error:
            number, *words = error.orig.args if error.orig else (0, str(error))
            refused.append((table, f"{' '.join(map(str, words))} ({number})"))
        except CompileError as error:
            refused.append((table, str(error)))
    return refused
