"""The table that a statement is meant to make, even if the server refuses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stillroom.catalog import Catalog, CatalogError, Column, Index, KeyPart, Table
from stillroom.catalog.execution import apply
from stillroom.catalog.parser.syntax import (
    AddColumn,
    AddElement,
    AlterTable,
    ChangeColumn,
    ColumnSpec,
    ConvertCharset,
    CreateTable,
    Drop,
    ForeignKeySpec,
    IndexSpec,
    Option,
    RenameColumn,
    SetOptions,
    TableName,
    TypeSpec,
)
from stillroom.lint.executed import RevisionStatement

_INT = TypeSpec("INT")
_OPTIONS = ("CHARSET", "COLLATE", "ENGINE", "ROW_FORMAT")


@dataclass(frozen=True)
class IntendedTable:
    """``table`` has the columns and options alone; ``new_indexes`` are those written out.

    A column that cannot be read by itself is missing.
    """

    table: Table
    indexes: Sequence[Index] = ()  # that were there and stay
    new_indexes: Sequence[Index] = ()
    foreign_keys: Sequence[ForeignKeySpec] = ()


def intended_table(statement: RevisionStatement) -> IntendedTable | None:
    """What a CREATE TABLE or ALTER TABLE is to make; None for any other statement."""
    parsed = statement.parsed
    if isinstance(parsed, CreateTable) and parsed.like is None:
        return _created(statement, parsed)
    if isinstance(parsed, AlterTable):
        table = statement.before.find(
            parsed.table.schema or statement.session.schema or "", parsed.table.name
        )
        return _altered(statement, parsed, table) if table else None
    return None


def _created(statement: RevisionStatement, parsed: CreateTable) -> IntendedTable | None:
    bare = replace(parsed, elements=(ColumnSpec("_", _INT),), partitioning=None)
    table = _made(statement, bare)
    if table is None:
        return None
    specs = [element for element in parsed.elements if isinstance(element, ColumnSpec)]
    columns = [column for spec in specs if (column := _column(statement, spec, parsed.options))]
    indexes = [
        *(_own_index(spec) for spec in specs if spec.key),
        *(_index(element) for element in parsed.elements if isinstance(element, IndexSpec)),
    ]
    keys = [
        *(key for spec in specs if (key := _own_key(spec))),
        *(element for element in parsed.elements if isinstance(element, ForeignKeySpec)),
    ]
    return IntendedTable(replace(table, columns=tuple(columns)), (), indexes, keys)


def _altered(statement: RevisionStatement, parsed: AlterTable, table: Table) -> IntendedTable:
    bare = _stripped(table)
    dropped: set[str] = set()
    specs: list[ColumnSpec] = []
    for action in parsed.actions:
        if isinstance(action, (AddColumn, ChangeColumn)):
            specs.append(action.column)
            options = (Option("COLLATE", bare.collation),)
            column = _column(statement, action.column, options)
            old = action.old_name if isinstance(action, ChangeColumn) else ""
            bare = _with_column(bare, old, column) if column else bare
        elif isinstance(action, (RenameColumn, ConvertCharset, SetOptions)):
            bare = _with(statement, bare, parsed, action) or bare
        elif isinstance(action, Drop) and action.kind == "COLUMN":
            left = [column for column in bare.columns if column.name.lower() != action.name.lower()]
            bare = replace(bare, columns=tuple(left))
        elif isinstance(action, Drop):
            dropped.add("primary" if action.kind == "PRIMARY KEY" else action.name.lower())
    elements = [action.element for action in parsed.actions if isinstance(action, AddElement)]
    kept = [index for index in table.indexes if index.name.lower() not in dropped]
    new = [_index(element) for element in elements if isinstance(element, IndexSpec)]
    new += [_own_index(spec) for spec in specs if spec.key]
    keys = [element for element in elements if isinstance(element, ForeignKeySpec)]
    keys += [key for spec in specs if (key := _own_key(spec))]
    return IntendedTable(bare, kept, new, keys)


def _stripped(table: Table) -> Table:
    """The columns and options, and nothing that holds columns in their place."""
    columns = tuple(replace(column, auto_increment=False, check=None) for column in table.columns)
    return replace(table, columns=columns, indexes=(), foreign_keys=(), checks=(), partitions=None)


def _with(
    statement: RevisionStatement, table: Table, parsed: AlterTable, action: object
) -> Table | None:
    """The table after one clause alone; None if the server refuses it."""
    alone = replace(parsed, actions=(action,))  # type: ignore[arg-type]
    catalog = Catalog.empty(statement.target, table.schema).with_table(table)
    try:
        done = apply(
            catalog, alone, statement.sql, statement.session.with_changes(schema=table.schema)
        )
    except CatalogError:
        return None
    return done.catalog.find(table.schema, table.name)


def _with_column(table: Table, old: str, column: Column) -> Table:
    columns = list(table.columns)
    for place, other in enumerate(columns):
        if other.name.lower() == (old or column.name).lower():
            columns[place] = column
            break
    else:
        columns.append(column)
    return replace(table, columns=tuple(columns))


def _column(
    statement: RevisionStatement, spec: ColumnSpec, options: Sequence[Option]
) -> Column | None:
    """A column as the server would make it in a table of its own."""
    alone = replace(
        spec,
        key=None,
        auto_increment=False,
        generated=None,
        default=None,
        on_update=None,
        serial_default=False,
        checks=(),
        reference=None,
    )
    wanted = tuple(option for option in options if option.name in _OPTIONS)
    table = _made(statement, CreateTable(TableName("_"), (alone,), wanted))
    if table is None:
        return None
    column = table.columns[0]
    if spec.generated is not None and not spec.stored:
        return replace(column, generated=spec.generated.text)
    primary = spec.key == "PRIMARY" or spec.auto_increment
    return replace(column, nullable=column.nullable and not primary)


def _made(statement: RevisionStatement, parsed: CreateTable) -> Table | None:
    schema = parsed.table.schema or statement.session.schema or ""
    schema_before = statement.before.schemas.get(schema)
    if schema_before is None:
        return None
    name = "_" if len(parsed.table.name) > 64 else parsed.table.name
    alone = replace(parsed, table=TableName(name))
    empty = Catalog.empty(statement.target, schema).with_schema(
        replace(schema_before, tables={}, temporary={}, programs={}, key_names={}, referrers={})
    )
    try:
        made = apply(empty, alone, statement.sql, statement.session.with_changes(schema=schema))
    except CatalogError:
        return None
    return made.catalog.find(schema, name)


def _index(spec: IndexSpec) -> Index:
    name = "PRIMARY" if spec.kind == "PRIMARY" else spec.name or ""
    return Index(name, spec.kind, tuple(_parts(spec)), spec.algorithm)


def _parts(spec: IndexSpec) -> Iterator[KeyPart]:
    for part in spec.parts:
        text = part.expression.text if part.expression else None
        yield KeyPart(part.column, part.length or 0, expression=text)


def _own_index(spec: ColumnSpec) -> Index:
    kind = "" if spec.key == "KEY" else spec.key or ""
    return Index("PRIMARY" if kind == "PRIMARY" else spec.name, kind, (KeyPart(spec.name),))


def _own_key(spec: ColumnSpec) -> ForeignKeySpec | None:
    if spec.reference is None:
        return None
    return ForeignKeySpec((spec.name,), spec.reference, position=spec.position)
