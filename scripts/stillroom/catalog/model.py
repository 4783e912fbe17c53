"""The parts of a table. Everything is immutable and shared between catalogs."""

from __future__ import annotations

from stillroom.catalog.parser.syntax import Raw
from stillroom.catalog.record import field, record
from stillroom.catalog.target import Target


@record
class DataType:
    """A type in the server's own terms; ``name`` is lower-case, as it is printed.

    ``length`` and ``scale`` are as declared (display width, characters, digits, fraction);
    absent where the server prints none. Strings alone have a charset and a collation.
    """

    name: str
    length: int | None = None
    scale: int | None = None
    values: tuple[str, ...] = ()
    unsigned: bool = False
    zerofill: bool = False
    charset: str | None = None
    collation: str | None = None
    srid: int | None = None


@record
class Column:
    """``default``, ``on_update``, ``generated`` and ``check`` are SQL as the server prints it.

    ``default`` is None where there is none, "NULL" where it is NULL.
    """

    name: str
    type: DataType
    nullable: bool = True
    default: str | None = None
    default_is_expression: bool = False
    on_update: str | None = None
    auto_increment: bool = False
    comment: str = ""
    generated: str | None = None
    stored: bool = False
    check: str | None = None  # MariaDB keeps such a check inside its column
    invisible: bool = False
    compressed: bool = False
    unversioned: bool = False  # WITHOUT SYSTEM VERSIONING of MariaDB
    explicit_collation: bool = False  # MySQL prints what was written out once

    @property
    def is_required(self) -> bool:
        """Whether an INSERT must name it. An ENUM that it leaves out is its first member."""
        return not (
            self.nullable
            or self.default is not None
            or self.auto_increment
            or self.generated is not None
            or self.type.name == "enum"
        )


@record
class KeyPart:
    """``length`` is a prefix in characters (bytes for binary types), 0 for the whole column.

    A functional part has no column but an ``expression``; ``written`` until it is resolved.
    ``nullable`` says whether that might be NULL when the key was made.
    """

    column: str
    length: int = 0
    descending: bool = False
    expression: str | None = None
    written: Raw | None = field(default=None, compare=False)
    nullable: bool = field(default=True, compare=False)


@record
class Index:
    """``kind`` is PRIMARY, UNIQUE, FULLTEXT, SPATIAL, VECTOR or empty.

    A ``generated`` one was made by the server for a foreign key, and goes when a wider one
    comes. A ``constraint`` was written as one, which is all the same here, but not on SQLite.
    """

    name: str
    kind: str
    parts: tuple[KeyPart, ...]
    algorithm: str | None = None
    comment: str = ""
    parser: str | None = None
    key_block_size: int = 0
    invisible: bool = False
    ignored: bool = False
    options: tuple[tuple[str, str], ...] = ()  # of a VECTOR index, as they were written
    generated: bool = field(default=False, compare=False)
    constraint: bool = field(default=False, compare=False)
    hashed: bool = field(default=False, compare=False)  # by MariaDB, as it is too long for a tree

    @property
    def unique(self) -> bool:
        """Whether no two rows may have the same values in it."""
        return self.kind in ("PRIMARY", "UNIQUE")

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns; that of a functional part is empty."""
        return tuple(part.column for part in self.parts)


@record
class ForeignKey:
    """``schema`` is that of the referenced table. Actions are None where nothing was written."""

    name: str
    columns: tuple[str, ...]
    schema: str
    table: str
    referenced_columns: tuple[str, ...]
    on_delete: str | None = None
    on_update: str | None = None
    match: str | None = None


@record
class Check:
    """A CHECK constraint of a table; ``expression`` is SQL as the server prints it."""

    name: str
    expression: str
    enforced: bool = True


@record
class PartitionBounds:
    """One named partition; ``values`` is SQL behind VALUES, e.g. ``LESS THAN (10)``."""

    name: str
    values: str
    comment: str = ""


@record
class Partitions:
    """How a table is cut. ``by`` is SQL as printed, such as ``HASH (`id`)``."""

    by: str
    columns: tuple[str, ...] = ()
    count: int | None = None
    definitions: tuple[PartitionBounds, ...] = ()
    version: int = 50100  # of the comment that MySQL prints it in

    @property
    def method(self) -> str:
        """RANGE, LIST, HASH or KEY; the first two maybe with COLUMNS."""
        method = self.by.removeprefix("LINEAR ").partition("(")[0]
        return " ".join(method.split())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all partitions, those too that the server gave."""
        if self.definitions:
            return tuple(part.name for part in self.definitions)
        return tuple(f"p{number}" for number in range(self.count or 1))


@record
class TableDefinition:
    """All that SHOW CREATE TABLE prints of a table, and where the table is."""

    name: str
    schema: str
    target: Target
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    engine: str = "InnoDB"
    charset: str = "utf8mb4"
    collation: str = ""
    comment: str = ""
    auto_increment: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    partitions: Partitions | None = None
    temporary: bool = False

    @property
    def versioned(self) -> bool:
        """Whether MariaDB keeps the history of its rows."""
        return self.option("SYSTEM VERSIONING") is not None

    def option(self, name: str) -> str | None:
        """The value of a table option, if it is set; ``name`` in upper case."""
        return dict(self.options).get(name)


@record
class Program:
    """A view, trigger, procedure, function or event: its text, not its meaning."""

    kind: str
    name: str
    text: str
    table: str | None = None
