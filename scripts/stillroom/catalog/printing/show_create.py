"""Print a table and its parts as SHOW CREATE TABLE does."""

from __future__ import annotations

from stillroom.catalog.collations import primary_collation
from stillroom.catalog.model import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Partitions,
    TableDefinition,
)
from stillroom.catalog.printing.text import type_text
from stillroom.catalog.quoting import quoted_name, quoted_string
from stillroom.catalog.types.kinds import is_string

_OPTION_ORDER = (
    "MIN_ROWS",
    "MAX_ROWS",
    "AVG_ROW_LENGTH",
    "PACK_KEYS",
    "STATS_PERSISTENT",
    "STATS_AUTO_RECALC",
    "STATS_SAMPLE_PAGES",
    "CHECKSUM",
    "PAGE_CHECKSUM",
    "DELAY_KEY_WRITE",
    "ROW_FORMAT",
    "TRANSACTIONAL",
    "KEY_BLOCK_SIZE",
    "COMPRESSION",
)


def create_table(table: TableDefinition) -> str:
    """The second column of SHOW CREATE TABLE."""
    lines = [column_text(table, column) for column in table.columns]
    lines += [index_text(table, index) for index in table.indexes]
    lines += [foreign_key_text(table, key) for key in table.foreign_keys]
    lines += [check_text(check) for check in table.checks]
    temporary = "TEMPORARY " if table.temporary else ""
    body = ",\n  ".join(lines)
    return (
        f"CREATE {temporary}TABLE {quoted_name(table.name)} (\n  {body}\n)"
        f"{_options(table)}{partitions_text(table)}"
    )


def column_text(table: TableDefinition, column: Column) -> str:  # noqa: C901 - one branch per case
    """A column as it stands in the text, and behind MODIFY or ADD COLUMN."""
    mariadb = table.target.mariadb
    words = [quoted_name(column.name), type_text(column.type)]
    if is_string(column.type):
        words += _charset(table, column)
    if mariadb and column.compressed:
        words.append("/*M!100301 COMPRESSED*/")
    if column.generated is not None:
        words.append(f"GENERATED ALWAYS AS ({column.generated})")
        words.append("STORED" if column.stored else "VIRTUAL")
    if not column.nullable:
        words.append("NOT NULL")
    elif column.type.name == "timestamp" and column.generated is None:
        words.append("NULL")
    if not mariadb and column.type.srid is not None:
        words.append(f"/*!80003 SRID {column.type.srid} */")
    invisible_first = mariadb and not table.target.mariadb_from(11)
    if invisible_first:
        words += _invisible(table, column)
    if column.default is not None:
        words.append(f"DEFAULT {column.default}")
    if column.unversioned:
        words.append("WITHOUT SYSTEM VERSIONING")
    if column.on_update is not None:
        words.append(f"ON UPDATE {column.on_update}")
    if column.auto_increment:
        words.append("AUTO_INCREMENT")
    if not invisible_first:
        words += _invisible(table, column)
    if column.comment:
        words.append(f"COMMENT {quoted_string(column.comment)}")
    if column.check is not None:
        words.append(f"CHECK ({column.check})")
    return " ".join(words)


def _invisible(table: TableDefinition, column: Column) -> list[str]:
    if not column.invisible:
        return []
    return ["INVISIBLE"] if table.target.mariadb else ["/*!80023 INVISIBLE */"]


def _charset(table: TableDefinition, column: Column) -> list[str]:
    charset, collation = column.type.charset or "", column.type.collation or ""
    if not collation:  # left to the table
        return []
    if table.target.mariadb:
        if collation == table.collation:
            return []
        return [f"CHARACTER SET {charset}", f"COLLATE {collation}"]
    explicit = column.explicit_collation
    words = []
    if collation != table.collation or explicit:
        words.append(f"CHARACTER SET {charset}")
    special = collation == "utf8mb4_0900_ai_ci" and table.collation != collation
    if explicit or special or collation != _mysql_primary(charset, table):
        words.append(f"COLLATE {collation}")
    return words


def _mysql_primary(charset: str, table: TableDefinition) -> str:
    return primary_collation(charset, table.target)


def index_text(table: TableDefinition, index: Index) -> str:
    """An index as it stands in the text, and behind ADD."""
    text = "PRIMARY KEY" if index.kind == "PRIMARY" else f"KEY {quoted_name(index.name)}"
    if index.kind in ("UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"):
        text = f"{index.kind} {text}"
    text += " (" + ",".join(_part(part) for part in index.parts) + ")"
    if index.algorithm:
        text += f" USING {index.algorithm}"
    if index.key_block_size and str(index.key_block_size) != table.option("KEY_BLOCK_SIZE"):
        text += f" KEY_BLOCK_SIZE={index.key_block_size}"
    if index.comment:
        text += f" COMMENT {quoted_string(index.comment)}"
    if index.parser:
        text += f" /*!50100 WITH PARSER {quoted_name(index.parser)} */ "
    text += "".join(f" {quoted_name(name)}={quoted_string(v)}" for name, v in index.options)
    if index.ignored:
        text += " IGNORED"
    if index.invisible:
        text += " /*!80000 INVISIBLE */"
    return text


def _part(part: KeyPart) -> str:
    text = f"({part.expression})" if part.expression is not None else quoted_name(part.column)
    if part.length:
        text += f"({part.length})"
    return text + (" DESC" if part.descending else "")


def foreign_key_text(table: TableDefinition, key: ForeignKey) -> str:
    """A foreign key as it stands in the text, and behind ADD."""
    own = ", ".join(quoted_name(name) for name in key.columns)
    theirs = ", ".join(quoted_name(name) for name in key.referenced_columns)
    other = quoted_name(key.table)
    if key.schema != table.schema:
        other = f"{quoted_name(key.schema)}.{other}"
    text = f"CONSTRAINT {quoted_name(key.name)} FOREIGN KEY ({own}) REFERENCES {other} ({theirs})"
    silent = "NO ACTION" if table.target.mysql else "RESTRICT"
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        if action is not None and action != silent:
            text += f" ON {event} {action}"
    return text


def check_text(check: Check) -> str:
    """A check as it stands in the text, and behind ADD."""
    text = f"CONSTRAINT {quoted_name(check.name)} CHECK ({check.expression})"
    return text if check.enforced else f"{text} /*!80016 NOT ENFORCED */"


def _options(table: TableDefinition) -> str:
    text = f" ENGINE={table.engine}"
    if table.auto_increment is not None and any(c.auto_increment for c in table.columns):
        text += f" AUTO_INCREMENT={table.auto_increment}"
    text += f" DEFAULT CHARSET={table.charset}"
    primary = primary_collation(table.charset, table.target)
    if table.target.mariadb or table.collation != primary or primary == "utf8mb4_0900_ai_ci":
        text += f" COLLATE={table.collation}"
    options = dict(table.options)
    for name in _OPTION_ORDER:
        if name in options:
            value = options[name]
            text += f" {name}={quoted_string(value) if name == 'COMPRESSION' else value}"
    if table.comment:
        text += f" COMMENT={quoted_string(table.comment)}"
    if table.versioned:
        text += " WITH SYSTEM VERSIONING"
    return text


def partitions_text(table: TableDefinition) -> str:
    """``PARTITION BY …`` as it stands behind the options, or nothing."""
    if table.partitions is None:
        return ""
    partitions = table.partitions
    body = f"PARTITION BY {partitions.by}"
    if partitions.definitions:
        body += "\n(" + ",\n ".join(_definitions(table, partitions)) + ")"
    elif partitions.count is not None:
        body += f"\nPARTITIONS {partitions.count}"
    if table.target.mariadb:
        return f"\n {body}"
    return f"\n/*!{partitions.version} {body} */"


def _definitions(table: TableDefinition, partitions: Partitions) -> list[str]:
    lines = []
    for part in partitions.definitions:
        name = quoted_name(part.name) if table.target.mariadb else part.name
        comment = f" COMMENT = {quoted_string(part.comment)}" if part.comment else ""
        values = f" VALUES {part.values}" if part.values else ""
        if part.values == "DEFAULT":
            values = " DEFAULT"
        lines.append(f"PARTITION {name}{values}{comment} ENGINE = {table.engine}")
    return lines
