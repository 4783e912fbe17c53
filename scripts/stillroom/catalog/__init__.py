"""MySQL and MariaDB DDL text in, a catalog, ``SHOW CREATE TABLE`` text out.

A pure library: no database, no files, no SQLAlchemy. What it does not know it refuses.
"""

from stillroom.catalog.errors import CatalogError, DDLError, Unsupported
from stillroom.catalog.target import Target

__all__ = ["CatalogError", "DDLError", "Target", "Unsupported"]
