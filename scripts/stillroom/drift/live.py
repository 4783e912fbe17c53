"""The tables of a real server as a catalog, to be compared with others."""

from __future__ import annotations

from sqlalchemy import Connection

from stillroom.catalog import Catalog, CatalogError, Session, Target
from stillroom.errors import CannotTell


def catalog_of(connection: Connection, target: Target) -> Catalog:
    """The base tables of the current database. Raises CannotTell for one that cannot be read."""
    catalog = Catalog.empty(target)
    # Tables are in the order of their names, and a foreign key may name a later one.
    session = Session.default(target).with_changes(foreign_key_checks=False)
    listed = connection.exec_driver_sql("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
    for name in [row[0] for row in listed]:
        quoted = name.replace("`", "``").replace("%", "%%")
        text = connection.exec_driver_sql(f"SHOW CREATE TABLE `{quoted}`").one()[1]
        try:
            catalog = catalog.execute(text, session).catalog
        except CatalogError as error:
            raise CannotTell(
                f"the definition of table {name} cannot be read: {error}",
                where=connection.engine.url.host or "the server",
            ) from error
    return catalog
