"""Statements as data: what was written, before any server or catalog has looked at it.

Every node has a ``position``, the offset in characters of its first token in the statement.
Names are as written, without quotes; ``None`` means that a clause was absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from stillroom.catalog.record import field, record


@record
class Raw:
    """A slice of the statement that another grammar reads, such as an expression."""

    text: str
    position: int


@record
class TableName:
    """The name of a table, view or program as it was written."""

    name: str
    schema: str | None = None
    position: int = 0


@record
class Literal:
    """A constant. ``kind`` is null, string, number, hex, hex string, bit or boolean.

    ``value`` is the text without quotes; a number keeps its sign.
    """

    kind: str
    value: str
    position: int = 0


@record
class Now:
    """CURRENT_TIMESTAMP or a synonym; ``fsp`` counts the digits of the fraction."""

    fsp: int = 0
    position: int = 0


Value: TypeAlias = "Literal | Now | Raw"


@record
class TypeSpec:
    """A data type as written; ``name`` is one upper-case word, synonyms resolved by nobody yet."""

    name: str
    length: int | None = None
    scale: int | None = None
    values: tuple[str, ...] = ()
    unsigned: bool = False
    zerofill: bool = False
    charset: str | None = None
    collation: str | None = None
    binary: bool = False
    national: bool = False
    real: bool = False  # DOUBLE under the name of REAL
    srid: int | None = None
    position: int = 0


@record
class CheckSpec:
    """``column`` is the one in whose definition it stands, if it stands in one."""

    expression: Raw
    name: str | None = None
    enforced: bool = True
    if_not_exists: bool = False
    position: int = 0
    column: str | None = None


@record
class Reference:
    """The REFERENCES part of a foreign key. Actions are upper-case, e.g. ``SET NULL``."""

    table: TableName
    columns: tuple[str, ...] = ()
    match: str | None = None
    on_delete: str | None = None
    on_update: str | None = None


@record
class ForeignKeySpec:
    """A foreign key as it was written; ``index_name`` is the name before the columns."""

    columns: tuple[str, ...]
    reference: Reference
    name: str | None = None
    index_name: str | None = None
    if_not_exists: bool = False
    position: int = 0


@record
class KeyPartSpec:
    """A column, with an optional prefix length in characters, or an expression."""

    column: str = ""
    length: int | None = None
    order: str | None = None  # ASC or DESC, where it was written
    expression: Raw | None = None
    position: int = 0


@record
class IndexSpec:
    """``kind`` is PRIMARY, UNIQUE, FULLTEXT, SPATIAL, VECTOR or empty.

    A ``constraint`` is UNIQUE without the word KEY or INDEX. ``options`` are those of an engine.
    """

    kind: str
    parts: tuple[KeyPartSpec, ...]
    name: str | None = None
    constraint: bool = False
    algorithm: str | None = None
    comment: str = ""
    parser: str | None = None
    key_block_size: int = 0
    invisible: bool = False
    ignored: bool = False
    options: tuple[tuple[str, str | None], ...] = ()
    if_not_exists: bool = False
    position: int = 0


@record
class ColumnSpec:
    """A column definition as it was written; what was left out is None, empty or False."""

    name: str
    type: TypeSpec
    nullable: bool | None = None
    default: Value | None = None
    on_update: Now | None = None
    auto_increment: bool = False
    key: str | None = None  # PRIMARY, UNIQUE or KEY, in the column's own definition
    comment: str = ""
    generated: Raw | None = None
    stored: bool = False
    invisible: bool = False
    compressed: bool = False
    versioned: bool | None = None  # WITH or WITHOUT SYSTEM VERSIONING of MariaDB
    checks: tuple[CheckSpec, ...] = ()
    reference: Reference | None = None
    reference_name: str | None = None
    serial_default: bool = False
    position: int = 0


@record
class Option:
    """A table or database option; ``name`` is upper-case with single spaces."""

    name: str
    value: str
    position: int = 0


@record
class PartitionDefinition:
    """One PARTITION; ``values`` are raw bounds, ``None`` stands for MAXVALUE.

    ``kind`` is what stands behind VALUES, LESS THAN or IN; or DEFAULT of MariaDB.
    """

    name: str
    values: tuple[Raw | None, ...] = ()
    engine: str | None = None
    comment: str = ""
    kind: str = ""
    position: int = 0


@record
class Partitioning:
    """``method`` is RANGE, LIST, HASH, KEY, RANGE COLUMNS, LIST COLUMNS; maybe LINEAR."""

    method: str
    expression: Raw | None = None
    columns: tuple[str, ...] = ()
    count: int | None = None
    linear: bool = False
    algorithm: int | None = None
    definitions: tuple[PartitionDefinition, ...] = ()
    position: int = 0


Element: TypeAlias = "ColumnSpec | IndexSpec | ForeignKeySpec | CheckSpec"


@record
class CreateTable:
    """CREATE TABLE, or CREATE TABLE … LIKE."""

    table: TableName
    elements: tuple[Element, ...] = ()
    options: tuple[Option, ...] = ()
    partitioning: Partitioning | None = None
    like: TableName | None = None
    temporary: bool = False
    if_not_exists: bool = False
    or_replace: bool = False
    position: int = 0


# What an ALTER TABLE does, clause by clause.


@record
class AddColumn:
    """ADD COLUMN; ``after`` names the column before it."""

    column: ColumnSpec
    first: bool = False
    after: str | None = None
    if_not_exists: bool = False
    position: int = 0


@record
class ChangeColumn:
    """CHANGE, or MODIFY where both names are the same."""

    old_name: str
    column: ColumnSpec
    first: bool = False
    after: str | None = None
    if_exists: bool = False
    position: int = 0


@record
class RenameColumn:
    """RENAME COLUMN … TO."""

    old_name: str
    new_name: str
    if_exists: bool = False
    position: int = 0


@record
class AlterColumn:
    """SET DEFAULT, DROP DEFAULT (``default`` absent) or SET (IN)VISIBLE."""

    name: str
    default: Value | None = None
    invisible: bool | None = None
    if_exists: bool = False
    position: int = 0


@record
class AddElement:
    """ADD of a key, a foreign key or a CHECK."""

    element: IndexSpec | ForeignKeySpec | CheckSpec
    position: int = 0


@record
class Drop:
    """``kind`` is COLUMN, INDEX, PRIMARY KEY, FOREIGN KEY, CHECK or CONSTRAINT."""

    kind: str
    name: str
    if_exists: bool = False
    position: int = 0


@record
class RenameIndex:
    """RENAME INDEX … TO."""

    old_name: str
    new_name: str
    if_exists: bool = False
    position: int = 0


@record
class AlterIndex:
    """(IN)VISIBLE of MySQL, (NOT) IGNORED of MariaDB."""

    name: str
    hidden: bool
    if_exists: bool = False
    position: int = 0


@record
class AlterCheck:
    """ALTER CHECK … [NOT] ENFORCED of MySQL."""

    name: str
    enforced: bool
    position: int = 0


@record
class RenameTo:
    """RENAME TO, maybe into another schema."""

    table: TableName
    position: int = 0


@record
class SetOptions:
    """Table options, such as ENGINE or COMMENT."""

    options: tuple[Option, ...]
    position: int = 0


@record
class ConvertCharset:
    """CONVERT TO CHARACTER SET."""

    charset: str | None
    collation: str | None
    position: int = 0


@record
class Hint:
    """A clause that changes how the work is done, never what comes out: ALGORITHM, LOCK, FORCE …"""

    name: str
    value: str = ""
    position: int = 0


@record
class Partition:
    """``action`` is BY, REMOVE, ADD, DROP, REORGANIZE, COALESCE, EXCHANGE or a word of upkeep.

    Upkeep, such as TRUNCATE or REBUILD, leaves all partitions as they are. ``every`` stands for
    ALL, ``table`` is the one of an EXCHANGE.
    """

    action: str
    partitioning: Partitioning | None = None
    definitions: tuple[PartitionDefinition, ...] = ()
    names: tuple[str, ...] = ()
    count: int | None = None
    every: bool = False
    if_exists: bool = False
    table: TableName | None = None
    position: int = 0


Action: TypeAlias = (
    "AddColumn | ChangeColumn | RenameColumn | AlterColumn | AddElement | Drop | RenameIndex"
    " | AlterIndex | AlterCheck | RenameTo | SetOptions | ConvertCharset | Hint | Partition"
)


@record
class AlterTable:
    """An ALTER TABLE, CREATE INDEX or DROP INDEX."""

    table: TableName
    actions: tuple[Action, ...]
    if_exists: bool = False
    position: int = 0


@record
class DropTables:
    """DROP TABLE of one or more tables."""

    tables: tuple[TableName, ...]
    if_exists: bool = False
    temporary: bool = False
    position: int = 0


@record
class RenameTables:
    """RENAME TABLE, pair by pair."""

    pairs: tuple[tuple[TableName, TableName], ...]
    if_exists: bool = False
    position: int = 0


@record
class TruncateTable:
    """TRUNCATE TABLE."""

    table: TableName
    position: int = 0


@record
class CreateSchema:
    """CREATE DATABASE."""

    name: str
    options: tuple[Option, ...] = ()
    if_not_exists: bool = False
    or_replace: bool = False
    position: int = 0


@record
class AlterSchema:
    """ALTER DATABASE; without a name, the current one."""

    name: str | None
    options: tuple[Option, ...]
    position: int = 0


@record
class DropSchema:
    """DROP DATABASE."""

    name: str
    if_exists: bool = False
    position: int = 0


@record
class CreateProgram:
    """A VIEW, TRIGGER, PROCEDURE, FUNCTION, EVENT or SEQUENCE: kept by name, with its text."""

    kind: str
    name: TableName
    text: str
    table: TableName | None = None  # of a trigger
    if_not_exists: bool = False
    or_replace: bool = False
    position: int = 0


@record
class AlterSequence:
    """ALTER SEQUENCE of MariaDB, which changes numbers alone."""

    name: TableName
    if_exists: bool = False
    position: int = 0


@record
class DropPrograms:
    """DROP VIEW, TRIGGER, PROCEDURE, FUNCTION, EVENT or SEQUENCE."""

    kind: str
    names: tuple[TableName, ...]
    if_exists: bool = False
    position: int = 0


@record
class Use:
    """USE: the default schema changes."""

    schema: str
    position: int = 0


@record
class SetVariables:
    """SET of session and user variables, in order. SET NAMES counts as one called ``names``."""

    assignments: tuple[tuple[str, Raw], ...]
    position: int = 0


@record
class Inert:
    """A statement that no catalog changes by: DML, transactions, queries, maintenance."""

    position: int = 0
    details: Mapping[str, str] = field(default_factory=dict)


Statement: TypeAlias = (
    "CreateTable | AlterTable | DropTables | RenameTables | TruncateTable | CreateSchema"
    " | AlterSchema | DropSchema | CreateProgram | AlterSequence | DropPrograms | Use"
    " | SetVariables | Inert"
)
