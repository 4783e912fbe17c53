"""Parts of tables in words that a person reads and that can be compared."""

from __future__ import annotations

from stillroom.catalog import Check, Column, DataType, ForeignKey, Index, KeyPart, Table
from stillroom.catalog.printing.text import type_text
from stillroom.catalog.session import DEFAULT_SCHEMA


def type_words(type_: DataType) -> str:
    """A type, its keywords in capitals: ``VARCHAR(80)``, ``ENUM('a','b')``, ``INT UNSIGNED``."""
    name, bracket, rest = type_text(type_).partition("(")
    inner, closing, attributes = rest.rpartition(")")
    return f"{name.upper()}{bracket}{inner}{closing}{attributes.upper()}"


def column_text(column: Column, table: Table) -> str:
    """A whole column, as a person would declare it."""
    own_collation = column.type.collation not in (None, table.collation)
    words = [
        type_words(column.type),
        f"COLLATE {column.type.collation}" if own_collation else "",
        f"AS ({column.generated})" if column.generated else "",
        "NULL" if column.nullable else "NOT NULL",
        f"DEFAULT {column.default}" if column.default not in (None, "NULL") else "",
        f"ON UPDATE {column.on_update}" if column.on_update else "",
        "AUTO_INCREMENT" if column.auto_increment else "",
    ]
    return " ".join(word for word in words if word)


def index_text(index: Index) -> str:
    """An index without its name: ``UNIQUE (a, b(10) DESC) USING HASH``."""
    words = [
        index.kind,
        key_text(index),
        f"USING {index.algorithm}" if index.algorithm else "",
        f"WITH PARSER {index.parser}" if index.parser else "",
        f"KEY_BLOCK_SIZE {index.key_block_size}" if index.key_block_size else "",
        f"COMMENT {index.comment!r}" if index.comment else "",
        "INVISIBLE" if index.invisible else "",
        "IGNORED" if index.ignored else "",
    ]
    return " ".join(word for word in words if word)


def key_text(index: Index) -> str:
    """The columns of an index: ``(a, b(10) DESC)``."""
    return "(" + ", ".join(map(_part_text, index.parts)) + ")"


def _part_text(part: KeyPart) -> str:
    text = part.column if part.expression is None else f"({part.expression})"
    if part.length:
        text += f"({part.length})"
    return text + (" DESC" if part.descending else "")


def foreign_key_text(key: ForeignKey) -> str:
    """A foreign key without its name: ``(a) → users (id) ON DELETE CASCADE``."""
    table = key.table if key.schema == DEFAULT_SCHEMA else f"{key.schema}.{key.table}"
    text = f"({', '.join(key.columns)}) → {table} ({', '.join(key.referenced_columns)})"
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        # Without a word, and with either of these, the server does the same.
        if action not in (None, "RESTRICT", "NO ACTION"):
            text += f" ON {event} {action}"
    return text


def check_text(check: Check) -> str:
    """A check without its name."""
    return f"({check.expression})" + ("" if check.enforced else " NOT ENFORCED")
