"""Reads the tables of a real server into a catalog, to compare them with others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine

from stillroom.catalog import (
    Catalog,
    CatalogError,
    Session,
    Target,
    execute,
    quoted_name,
    quoted_string,
    with_backticks,
)
from stillroom.catalog.record import replace
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.table_expressions import named_sequences
from stillroom.errors import CannotTell

_PADDING = "PAD_CHAR_TO_FULL_LENGTH"


def catalog_of(connection: Connection, target: Target) -> Catalog:
    """The base tables of the current database. Raises CannotTell for one that cannot be read."""
    settle(connection, target)
    listed = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    quoted = [quoted_name(row[0]).replace("%", "%%") for row in listed]
    texts = [connection.exec_driver_sql(f"SHOW CREATE TABLE {name}").one()[1] for name in quoted]
    texts = [with_backticks(text) for text in texts]
    if any(map(named_sequences, texts)):  # a default names the schema of its sequence
        schema = connection.exec_driver_sql("SELECT DATABASE()").scalar_one()
        own, ours = f"val({quoted_name(schema)}.", f"val({quoted_name(DEFAULT_SCHEMA)}."
        texts = [text.replace(own, ours) for text in texts]
    return read_definitions(texts, target, connection.engine.url.host or "the server")


def database_catalog(url: URL, target: Target) -> tuple[Catalog, bool]:
    """The tables of a database, and whether its server keeps their names in lower case."""
    with _connected(url) as connection:
        return catalog_of(connection, target), keeps_lower_names(connection)


def database_settings(url: URL, target: Target) -> tuple[str, ...]:
    """``settings_for_tables`` of a database."""
    with _connected(url) as connection:
        return settings_for_tables(connection, target)


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    # PyMySQL whatever driver the application has: it is the one that is here.
    engine = create_engine(url.set(drivername="mysql+pymysql"))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def settle(connection: Connection, target: Target) -> None:
    """Have the session print definitions alike, whatever its server prefers."""
    connection.exec_driver_sql("SET SESSION sql_quote_show_create = 1")
    modes = str(connection.exec_driver_sql("SELECT @@sql_mode").scalar_one()).split(",")
    if _PADDING in modes:  # it pads the defaults of CHAR columns, too
        modes.remove(_PADDING)
        connection.exec_driver_sql(f"SET SESSION sql_mode = '{','.join(modes)}'")
    if target.mysql and target >= Target("mysql", 8, 0, 30):
        # The key that sql_generate_invisible_primary_key adds is the server's affair.
        hide = "SET SESSION show_gipk_in_create_table_and_information_schema = OFF"
        connection.exec_driver_sql(hide)


def keeps_lower_names(connection: Connection) -> bool:
    """Whether names of tables are kept in lower case (lower_case_table_names=1)."""
    setting = connection.exec_driver_sql("SELECT @@lower_case_table_names").scalar_one()
    return bool(setting == 1)


def settings_for_tables(connection: Connection, target: Target) -> tuple[str, ...]:
    """What has a replay make tables as this database does; nothing for the usual settings."""
    row = connection.exec_driver_sql(
        "SELECT @@character_set_database, @@collation_database, @@default_storage_engine,"
        " @@explicit_defaults_for_timestamp"
    ).one()
    charset, collation, engine, explicit = row
    usual = Session.default(target)
    settings = []
    if collation != Catalog.empty(target).schemas[DEFAULT_SCHEMA].collation:
        settings.append(f"ALTER DATABASE CHARACTER SET {charset} COLLATE {collation}")
    if engine != usual.storage_engine:
        settings.append(f"SET default_storage_engine = {quoted_string(engine)}")
    if bool(explicit) != usual.explicit_timestamps:
        settings.append(f"SET explicit_defaults_for_timestamp = {int(explicit)}")
    return tuple(settings)


def with_lower_names(catalog: Catalog) -> Catalog:
    """The catalog as a server has it that keeps names of tables in lower case."""
    lower = Catalog.empty(catalog.target)
    for table in catalog.tables().values():
        keys = tuple(
            replace(key, name=_lower_prefix(key.name, table.name), table=key.table.lower())
            for key in table.foreign_keys
        )
        lower = lower.with_table(replace(table, name=table.name.lower(), foreign_keys=keys))
    return lower


def _lower_prefix(name: str, table: str) -> str:
    """The name that a server makes for a foreign key begins with that of its table."""
    return table.lower() + name[len(table) :] if name.startswith(f"{table}_ibfk_") else name


def as_printed(catalog: Catalog) -> Catalog:
    """What can be read from the texts of a catalog's tables: all that one knows of a server's.

    They do not tell, for one, which indexes the server made by itself for a foreign key.
    """
    texts = [table.create_statement for table in catalog.tables().values()]
    return read_definitions(texts, catalog.target, "the replay")


def _sequences(texts: Iterable[str]) -> list[str]:
    """What makes the sequences that the definitions of tables take their defaults from."""
    paths = sorted({path for text in texts for path in named_sequences(text)})
    schemas = sorted({schema for schema, _ in paths} - {DEFAULT_SCHEMA})
    return [
        *(f"CREATE DATABASE {quoted_name(schema)}" for schema in schemas),
        *(f"CREATE SEQUENCE {quoted_name(*path)}" for path in paths),
    ]


def read_definitions(texts: Iterable[str], target: Target, where: str) -> Catalog:
    """The tables that ``texts`` define, as SHOW CREATE TABLE prints them.

    Raises CannotTell, which names ``where``, for one that cannot be read.
    """
    texts = list(texts)
    session = Session.default(target).with_changes(foreign_key_checks=False)
    surroundings = Catalog.empty(target)
    for text in _sequences(texts):
        surroundings = execute(surroundings, text, session).catalog
    catalog = surroundings
    for text in texts:
        try:
            # Each by itself: a foreign key may name a later table, or, where a state of it has been
            # accepted that no server has, one that it does not fit.
            alone = execute(surroundings, text, session).catalog
        except CatalogError as error:
            first = text.partition("\n")[0]
            raise CannotTell(
                f"{first}…: this definition cannot be read: {error}", where=where
            ) from error
        for table in alone.tables().values():
            catalog = catalog.with_table(table)
    return catalog
