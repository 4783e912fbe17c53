"""Resolve PARTITION BY against a table, as the servers print it back."""

from __future__ import annotations

import re

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.keys.index_order import clustered
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, PartitionBounds, Partitions
from stillroom.catalog.parser.reserved_words import reserved_words
from stillroom.catalog.parser.syntax import PartitionDefinition, Partitioning
from stillroom.catalog.quoting import quoted_name, unquoted_name
from stillroom.catalog.table import Table
from stillroom.catalog.table_expressions import Formulas
from stillroom.catalog.tables.partition_bounds import bound_text, check_bounds
from stillroom.catalog.target import Target
from stillroom.catalog.types.kinds import is_blob, is_geometry, is_integer

_MOST_BYTES = 3072
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def resolve_partitioning(spec: Partitioning, table: Table, formulas: Formulas) -> Partitions:
    """How the table is cut, in the server's words."""
    columns: tuple[str, ...] = ()
    if table.foreign_keys:
        mysql = table.target.mysql
        raise refusal(er.FOREIGN_KEY_ON_PARTITIONED if mysql else er.ROW_IS_REFERENCED)
    if spec.expression is not None:
        _check_field(_plain_column(spec.expression.text, table), spec, formulas)
        by = formulas.text(spec.expression, "partition", table.columns, table.name)
        columns = tuple(column.name for column in table.columns if quoted_name(column.name) in by)
    else:
        columns = tuple(_column_name(name, table) for name in spec.columns)
        by = ",".join(_name_text(name, table.target) for name in columns)
    if spec.method == "KEY" and not columns and clustered(table) is None:
        if any(index.kind == "PRIMARY" for index in table.indexes):
            reason = "partitions by a primary key of parts of columns are not supported"
            raise Unsupported(formulas.statement, spec.position, reason)
        raise refusal(er.FIELD_NOT_FOUND_PART)
    _check_partitioned(spec.method, columns, table)
    if spec.method.startswith(("RANGE", "LIST")) and not spec.definitions:
        raise refusal(er.PARTITIONS_MUST_BE_DEFINED, spec.method.partition(" ")[0])
    definitions = partition_bounds(spec.definitions, spec.method, table, formulas)
    check_bounds(spec.method, definitions)
    if spec.expression is not None:
        _check_domain(_plain_column(spec.expression.text, table), definitions)
    method = spec.method.replace(" COLUMNS", "  COLUMNS")
    space = "" if spec.method.endswith("COLUMNS") else " "
    linear = "LINEAR " if spec.linear else ""
    if spec.algorithm not in (None, 2):
        raise Unsupported(
            formulas.statement, spec.position, "ALGORITHM of a partitioning is not supported"
        )
    return Partitions(
        f"{linear}{method}{space}({by})",
        columns,
        spec.count,
        definitions,
        50500 if spec.method.endswith("COLUMNS") else 50100,
    )


def _check_columns(table: Table) -> None:
    """What partitioned tables of InnoDB cannot have."""
    if table.target.mysql and any(index.kind == "FULLTEXT" for index in table.indexes):
        raise refusal(er.TABLE_CANT_HANDLE_FT)
    if any(index.kind == "VECTOR" for index in table.indexes):
        what = "Partitioned tables do not support VECTOR"
        raise DDLError(er.FOREIGN_KEY_ON_PARTITIONED, what)
    spatial = any(is_geometry(column.type) for column in table.columns)
    if spatial and not table.target.mariadb_from(11, 5):
        raise refusal(er.CHECK_NOT_IMPLEMENTED, "GEOMETRY")


def _name_text(name: str, target: Target) -> str:
    """MySQL quotes the columns of a partitioning only where it has to."""
    plain = _PLAIN.fullmatch(name) and name.upper() not in reserved_words(target)
    return name if target.mysql and plain else quoted_name(name)


def _column_name(name: str, table: Table) -> str:
    column = table.column(name)
    if column is None:
        raise refusal(er.KEY_COLUMN_DOES_NOT_EXIST, name)
    return column.name


def _check_unique_keys(columns: tuple[str, ...], table: Table) -> None:
    for index in table.indexes:
        whole = {part.column for part in index.parts if not part.length}
        if not index.unique or index.hashed or set(columns) <= whole:
            continue
        kind = "PRIMARY KEY" if index.kind == "PRIMARY" else "UNIQUE INDEX"
        raise refusal(er.UNIQUE_KEY_NEED_ALL_FIELDS_IN_PF, kind)


def _check_prefixes(columns: tuple[str, ...], table: Table) -> None:
    """Error 6123: MySQL would leave out of KEY (…) a column of which any key has a prefix."""
    for index in table.indexes:
        for part in index.parts:
            if part.length and part.column in columns:
                names = (table.schema, table.name, part.column)
                raise refusal(er.PREFIX_KEY_IN_PARTITION_BY_KEY, *names, part.column, part.length)


def check_altered(partitions: Partitions, table: Table, statement: str) -> None:
    """What an ALTER TABLE must leave to the partitions that a table has."""
    _check_partitioned(partitions.method, partitions.columns, table)
    inside = partitions.by.partition("(")[2].removesuffix(")")
    column = _plain_column(inside, table)
    if column is not None and not partitions.method.startswith(("KEY", "RANGE C", "LIST C")):
        if not _is_whole(column, partitions.method, table.target):
            raise refusal(er.FIELD_TYPE_NOT_ALLOWED_AS_PARTITION_FIELD, column.name)
        if column.generated is not None:
            raise Unsupported(statement, 0, "partitions by a generated column are not supported")
        _check_domain(column, partitions.definitions)
    used = [table.column(name) for name in partitions.columns]
    of_strings = any(part is not None and part.type.charset for part in used)
    if of_strings and column is None and partitions.method in ("HASH", "RANGE", "LIST"):
        raise Unsupported(statement, 0, "a partition function of strings is not known")


def _check_partitioned(method: str, columns: tuple[str, ...], table: Table) -> None:
    _check_columns(table)
    rows = clustered(table)
    cut_by = columns
    if not columns and rows is not None:  # KEY () is by the key that rows are kept by
        cut_by = rows.columns
    _check_unique_keys(cut_by, table)
    if method == "KEY" and table.target.mysql_from(8, 4):
        _check_prefixes(cut_by, table)
    for name in columns:
        column = table.column(name)
        if column is None:
            continue
        if is_blob(column.type):
            raise refusal(er.BLOB_FIELD_IN_PART_FUNC)
        of_columns = method.startswith(("KEY", "RANGE C", "LIST C"))
        if of_columns and column.type.name == "vector" and table.target.mysql:
            raise refusal(er.FIELD_TYPE_NOT_ALLOWED_AS_PARTITION_FIELD, column.name)
    if sum(_field_bytes(table.column(name)) for name in columns) > _MOST_BYTES:
        raise refusal(er.PARTITION_FIELDS_TOO_LONG)


def _field_bytes(column: Column | None) -> int:
    """A column in a record, with what tells its length and whether it is NULL."""
    if column is None or is_blob(column.type):
        return 0
    size = type_bytes(column.type)
    counted = (1 if size < 256 else 2) if column.type.name.startswith("var") else 0
    return size + counted + column.nullable


def _plain_column(text: str, table: Table) -> Column | None:
    """The column that an expression is, if it is nothing else."""
    bare = text.strip()
    return table.column(unquoted_name(bare)) if bare else None


def _check_field(column: Column | None, spec: Partitioning, formulas: Formulas) -> None:
    """A column that is a partition function by itself is a whole number."""
    if column is None:
        return
    if column.generated is not None:
        raise Unsupported(
            formulas.statement, spec.position, "partitions by a generated column are not supported"
        )
    if is_blob(column.type):
        raise refusal(er.BLOB_FIELD_IN_PART_FUNC)
    if not _is_whole(column, spec.method, formulas.target):
        raise refusal(er.FIELD_TYPE_NOT_ALLOWED_AS_PARTITION_FIELD, column.name)


def _is_whole(column: Column, method: str, target: Target) -> bool:
    """Whether a server takes the values for whole numbers, as MariaDB does those of decimals."""
    if column.type.name == "decimal":
        return target.mariadb and method != "HASH"
    return is_integer(column.type) or column.type.name in ("timestamp", "year", "bit")


def _check_domain(column: Column | None, definitions: tuple[PartitionBounds, ...]) -> None:
    if column is None:
        return
    positive = column.type.unsigned or column.type.name in ("timestamp", "bit", "year")
    if positive and any("(-" in part.values or ",-" in part.values for part in definitions):
        raise refusal(er.PARTITION_CONST_DOMAIN)
    if column.type.name == "timestamp":
        raise refusal(er.FIELD_TYPE_NOT_ALLOWED_AS_PARTITION_FIELD, column.name)


def partition_bounds(
    definitions: tuple[PartitionDefinition, ...], method: str, table: Table, formulas: Formulas
) -> tuple[PartitionBounds, ...]:
    """The named partitions as they are printed."""
    bounds: list[PartitionBounds] = []
    for definition in definitions:
        if definition.name.lower() in {part.name.lower() for part in bounds}:
            raise refusal(er.SAME_NAME_PARTITION, definition.name)
        if definition.engine is not None and definition.engine.lower() != table.engine.lower():
            raise Unsupported(
                formulas.statement,
                definition.position,
                "partitions of another engine are not supported",
            )
        bounds.append(
            PartitionBounds(
                definition.name, _values(definition, method, formulas), definition.comment
            )
        )
    return tuple(bounds)


def _values(definition: PartitionDefinition, method: str, formulas: Formulas) -> str:
    """What stands behind VALUES."""
    kind = definition.kind
    if kind == "DEFAULT":
        return kind
    wanted = {"RANGE": "LESS THAN", "LIST": "IN"}.get(method.partition(" ")[0], "")
    if kind != wanted:
        if not kind:
            raise Unsupported(
                formulas.statement,
                definition.position,
                "a partition without VALUES is not supported",
            )
        other = "RANGE" if kind == "LESS THAN" else "LIST"
        raise refusal(er.PARTITION_WRONG_VALUES, other, kind)
    if not kind:
        return ""
    columns = method.endswith("COLUMNS")
    if definition.values == (None,) and not columns:
        return "LESS THAN MAXVALUE"
    values = [
        "MAXVALUE" if raw is None else bound_text(raw, definition.name, formulas, columns=columns)
        for raw in definition.values
    ]
    if not columns:
        if kind == "LESS THAN" and "NULL" in values:
            raise refusal(er.NULL_IN_VALUES_LESS_THAN)
        values.sort(key=lambda value: value != "NULL")  # NULL comes first
    return f"{kind} ({','.join(values)})"
