"""The models that each of the two releases needs, as code to be pasted."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import registry

from stillroom.authoring.two_step.changes import (
    Change,
    Drop,
    DropTable,
    Narrow,
    Rename,
    Require,
)
from stillroom.authoring.two_step.intermediate import named
from stillroom.drift.declarations import declarations
from stillroom.findings import Place
from stillroom.project.alembic_env import alembic_internals


@dataclass(frozen=True)
class ModelCode:
    """What a model says of one table. ``place`` is where it is declared, if that is known.

    ``release`` is 1 or 2.
    """

    release: int
    table: str
    place: Place | None
    lines: tuple[str, ...]


def of_changes(
    changes: Sequence[Change],
    between: Sequence[sa.MetaData],
    final: Sequence[sa.MetaData],
    context: MigrationContext,
    root: Path,
) -> Iterator[ModelCode]:
    """The code for each table: ``between`` are the models of release 1, ``final`` of release 2."""
    # A table that goes has no model in either release.
    changes = [change for change in changes if not isinstance(change, DropTable)]
    names = list(dict.fromkeys((change.schema, change.table) for change in changes))
    places = declarations(root, {table for _, table in names})
    for number, metadata in enumerate((between, final), start=1):
        writing = AutogenContext(context, metadata=list(metadata))
        for schema, name in names:
            table = next(
                table
                for collection in metadata
                for table in collection.tables.values()
                if (table.schema or "", table.name) == (schema, name)
            )
            about = [
                change for change in changes if (change.schema, change.table) == (schema, name)
            ]
            attributes = _attributes(final, schema, name)
            lines = tuple(_lines(table, about, attributes, writing, number))
            shown = f"{schema}.{name}" if schema else name
            if lines:
                yield ModelCode(number, shown, places.get((name, "")), lines)


def _attributes(final: Sequence[sa.MetaData], schema: str, name: str) -> dict[str, str]:
    """The attributes that are mapped to the columns of a table, by the column in lower case."""
    tables = {table for metadata in final for table in metadata.tables.values()}
    return {
        column.name.lower(): attribute
        for candidate in gc.get_objects()
        if isinstance(candidate, registry)
        for mapper in candidate.mappers
        for attribute, column in mapper.columns.items()
        if isinstance(column, sa.Column)
        and column.table in tables
        and (getattr(column.table, "schema", None) or "", column.table.name) == (schema, name)
    }


def _lines(
    table: sa.Table,
    changes: Sequence[Change],
    attributes: Mapping[str, str],
    writing: AutogenContext,
    number: int,
) -> Iterator[str]:
    written, kept = [], []
    for change in changes:
        match change:
            case Rename():
                written.append(change.new)
                kept.append(change.old)
            case Drop():
                kept.append(change.column)
            case Require() | Narrow():
                written.append(change.column)
    kept = kept if number == 1 else []
    for name in written:
        attribute = attributes.get(name.lower(), name)
        first = "" if attribute == name else f'"{name}", '
        yield f"{attribute} = mapped_column({first}{_definition(table, name, writing)})"
    # An attribute may have the name of an old column: then that column needs another key.
    keys = {name: f"{name}_before" if name in attributes.values() else "" for name in kept}
    parts = [
        f'Column("{name}", {_definition(table, name, writing)}'
        + (f', key="{keys[name]}")' if keys[name] else ")")
        for name in kept
    ]
    parts += _keys(table, [*kept, *written])
    if parts:
        yield f"__table_args__ = ({', '.join(parts)},)"
    if kept:
        names = ", ".join(f'"{keys[name] or name}"' for name in kept)
        yield f'__mapper_args__ = {{"exclude_properties": [{names}]}}'


def _definition(table: sa.Table, name: str, writing: AutogenContext) -> str:
    column = named(table, name)
    words = [_type(column.type, writing)]
    if column.server_default is not None:
        words.append(f"server_default={_default(column, writing)}")
    if isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar:
        words.append(f"default={column.default.arg!r}")
    words.append(f"nullable={bool(column.nullable)}")
    words += [f"{flag}=True" for flag in ("index", "unique") if getattr(column, flag)]
    if column.comment:
        words.append(f"comment={column.comment!r}")
    return ", ".join(words)


def _type(type_: Any, writing: AutogenContext) -> str:
    """A type as it is declared; what was reflected, in SQLAlchemy's own words where they do."""
    generic = type_.as_generic() if _is_plain(type_) else type_
    return alembic_internals.type_text(generic, writing).removeprefix("sa.")


def _is_plain(type_: Any) -> bool:
    return type(type_) is mysql.VARCHAR and not (type_.collation or type_.charset)


def _default(column: sa.Column[Any], writing: AutogenContext) -> str:
    text = str(getattr(column.server_default, "arg", ""))
    return f"text({text!r})"


def _keys(table: sa.Table, names: Sequence[str]) -> Iterator[str]:
    """Indexes and unique keys of those columns that do not come from the columns themselves."""
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        columns = [column.name for column in index.columns]
        if set(columns) & set(names) and not getattr(index, "_column_flag", False):
            listed = ", ".join(f'"{name}"' for name in columns)
            unique = ", unique=True" if index.unique else ""
            more = "".join(f", {name}={value!r}" for name, value in index.dialect_kwargs.items())
            yield f'Index("{index.name}", {listed}{unique}{more})'
    for constraint in table.constraints:
        columns = [column.name for column in getattr(constraint, "columns", ())]
        is_unique = isinstance(constraint, sa.UniqueConstraint)
        if is_unique and set(columns) & set(names) and not _is_of_column(constraint):
            listed = ", ".join(f'"{name}"' for name in columns)
            named_ = f', name="{constraint.name}"' if constraint.name else ""
            yield f"UniqueConstraint({listed}{named_})"


def _is_of_column(constraint: sa.Constraint) -> bool:
    return bool(getattr(constraint, "_column_flag", False))
