"""The tables of a real server as a catalog, to be compared with others."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from stillroom.catalog import Catalog, CatalogError, Session, Target, execute, with_backticks
from stillroom.errors import CannotTell


def catalog_of(connection: Connection, target: Target) -> Catalog:
    """The base tables of the current database. Raises CannotTell for one that cannot be read."""
    listed = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    quoted = [row[0].replace("`", "``").replace("%", "%%") for row in listed]
    texts = [connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1] for name in quoted]
    texts = [with_backticks(text) for text in texts]
    return read_definitions(texts, target, connection.engine.url.host or "the server")


def as_printed(catalog: Catalog) -> Catalog:
    """What can be read from the texts of a catalog's tables: all that one knows of a server's.

    They do not tell, for one, which indexes the server made by itself for a foreign key.
    """
    texts = [table.create_statement for table in catalog.tables().values()]
    return read_definitions(texts, catalog.target, "the replay")


def read_definitions(texts: Iterable[str], target: Target, where: str) -> Catalog:
    """The tables that ``texts`` define, as SHOW CREATE TABLE prints them.

    Raises CannotTell, which names ``where``, for one that cannot be read.
    """
    catalog = Catalog.empty(target)
    # Tables are in the order of their names, and a foreign key may name a later one.
    session = Session.default(target).with_changes(foreign_key_checks=False)
    for text in texts:
        try:
            catalog = execute(catalog, text, session).catalog
        except CatalogError as error:
            first = text.partition("\n")[0]
            raise CannotTell(f"{first}…: this cannot be read: {error}", where=where) from error
    return catalog
