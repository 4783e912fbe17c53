"""MySQL and MariaDB DDL text in, a catalog, ``SHOW CREATE TABLE`` text out.

A pure library: no database, no files, no SQLAlchemy. What it does not know it refuses.
"""

from stillroom.catalog.catalog import Catalog, Outcome, Schema
from stillroom.catalog.errors import CatalogError, DDLError, Unsupported
from stillroom.catalog.execution import execute
from stillroom.catalog.model import Check, Column, DataType, ForeignKey, Index, KeyPart, Program
from stillroom.catalog.parser.statement_kinds import StatementKind, kind, statements
from stillroom.catalog.quoting import quoted_name, quoted_string, unquoted_name, with_backticks
from stillroom.catalog.session import Session
from stillroom.catalog.table import Table
from stillroom.catalog.target import Target

__all__ = [
    "Catalog",
    "CatalogError",
    "Check",
    "Column",
    "DDLError",
    "DataType",
    "ForeignKey",
    "Index",
    "KeyPart",
    "Outcome",
    "Program",
    "Schema",
    "Session",
    "StatementKind",
    "Table",
    "Target",
    "Unsupported",
    "execute",
    "kind",
    "quoted_name",
    "quoted_string",
    "statements",
    "unquoted_name",
    "with_backticks",
]
