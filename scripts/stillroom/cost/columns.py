"""The cost of clauses on columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stillroom.catalog import Column, Index, Table, Target
from stillroom.catalog import error_numbers as er
from stillroom.catalog.parser.syntax import AddColumn
from stillroom.cost.alteration import Alteration
from stillroom.cost.model import Effect, Lock, Work
from stillroom.cost.types import type_effect

# Defaults that MariaDB computes anew for every row.
_PER_ROW = re.compile(r"`|\b(?:uuid|uuid_short|sys_guid|nextval|lastval|random_bytes)\b", re.I)
# MySQL refuses a new column with one of them, as replicas would get other values.
_UNSAFE = re.compile(
    r"\b(?:uuid|uuid_short|rand|sysdate|user|session_user|system_user|current_user|version"
    r"|connection_id|found_rows|row_count|get_lock|is_free_lock|is_used_lock|release_lock"
    r"|load_file|sleep|random_bytes)\s*\(",
    re.I,
)
_ZERO_DATES = ("date", "datetime")


def column_effects(change: Alteration, target: Target) -> Iterator[Effect]:
    """The effects of columns that come, go, move and change."""
    for column in change.added:
        yield from _added(column, change, target)
    for column in change.dropped:
        work = Work.METADATA if _virtual(column) else Work.COLUMNS
        if work is Work.COLUMNS and target.mysql and not target.mysql_from(8, 0, 29):
            work = Work.REBUILD
        yield Effect(work, f"{column.name} is dropped")
    if change.reordered:
        work = Work.COLUMNS if target.mariadb else Work.REBUILD
        yield Effect(work, "the order of columns changes")
    for old, new in change.changed:
        yield from _changed(old, new, change, target)
    yield from _beside_virtual(change, target)


def _added(column: Column, change: Alteration, target: Target) -> Iterator[Effect]:
    why = f"{column.name} is added"
    if column.generated is not None:
        if column.stored:
            yield Effect(Work.COPY, f"{column.name} is added as a STORED generated column")
        else:
            yield Effect(Work.METADATA, f"{column.name} is added as a VIRTUAL generated column")
        return
    if column.auto_increment:
        yield Effect(Work.REBUILD, f"{column.name} is added with AUTO_INCREMENT", Lock.SHARED)
        return
    if column.default_is_expression and column.default is not None:
        text = f"{column.name} is added with the default {column.default}"
        if target.mysql:
            error = er.BINLOG_UNSAFE_SYSTEM_FUNCTION if _UNSAFE.search(column.default) else None
            yield Effect(Work.COPY, text, error=error)
            return
    if target.mariadb and column.default is not None and _PER_ROW.search(_code(column)):
        yield Effect(Work.COPY, f"{column.name} gets a different default for each row")
        return
    required = not column.nullable and column.default is None
    if target.mysql and required and column.type.name in _ZERO_DATES:
        yield Effect(Work.REBUILD, f"{column.name} has no default", error=er.TRUNCATED_WRONG_VALUE)
        return
    yield Effect(_instant_add(column, change, target), why)


def _code(column: Column) -> str:
    """The default of a column if it is an expression; a string says nothing."""
    default = column.default or ""
    return "" if default.startswith("'") else default


def _instant_add(column: Column, change: Alteration, target: Target) -> Work:
    if target.mariadb or target.mysql_from(8, 0, 29):
        return Work.COLUMNS
    last = change.after.columns[-1].name == column.name or not any(
        isinstance(action, AddColumn) and (action.first or action.after)
        for action in change.actions
    )
    return Work.COLUMNS if last and target.mysql_from(8, 0, 12) else Work.REBUILD


def _changed(old: Column, new: Column, change: Alteration, target: Target) -> Iterator[Effect]:
    row_format = (change.before.option("ROW_FORMAT") or "").upper()
    if old.type != new.type:
        yield type_effect(old, new, target, row_format, indexed=change.indexed(old))
        first = change.clustered[0]
        if old.type.collation != new.type.collation and first and new.name in first.columns:
            yield Effect(Work.COPY, f"{new.name} of the primary key sorts differently")
    if old.nullable != new.nullable:
        relaxed = new.nullable and target.mariadb and row_format == "REDUNDANT"
        word = "nullable" if new.nullable else "NOT NULL"
        yield Effect(Work.METADATA if relaxed else Work.REBUILD, f"{new.name} becomes {word}")
    if old.auto_increment != new.auto_increment:
        if new.auto_increment:
            yield Effect(Work.COPY, f"{new.name} becomes AUTO_INCREMENT", Lock.SHARED)
        elif target.mysql:
            yield Effect(Work.COPY, f"{new.name} loses AUTO_INCREMENT")
    if (old.generated, old.stored) != (new.generated, new.stored) and not change.new_names:
        virtual = _virtual(old) and _virtual(new) and target.mariadb
        work = Work.METADATA if virtual else Work.COPY
        yield Effect(work, f"{new.name} is computed differently")
    if old.compressed != new.compressed:
        yield Effect(Work.COPY, f"{new.name} is compressed differently")
    yield Effect(Work.METADATA, f"{new.name} changes")


def _might_sort(index: Index, table: Table) -> bool:
    """Whether the rows could be sorted by a key: it is unique, and has no NULL."""
    columns = [table.column(name) for name in index.columns]
    return index.unique and all(column and not column.nullable for column in columns)


def _virtual(column: Column) -> bool:
    return column.generated is not None and not column.stored


def _beside_virtual(change: Alteration, target: Target) -> Iterator[Effect]:
    """A copy where virtual columns come and go with others, or with keys (measured)."""
    virtual = any(map(_virtual, [*change.added, *change.dropped]))
    if virtual and any(_might_sort(index, change.before) for index in change.old_indexes):
        yield Effect(Work.COPY, "VIRTUAL columns are added or dropped together with a unique key")
    if target.mysql:
        return
    stored_added = [column for column in change.added if not _virtual(column)]
    if stored_added and len(stored_added) < len(change.added):
        yield Effect(Work.COPY, "VIRTUAL and other columns are added in one statement")
    stored_gone = [column for column in change.dropped if not _virtual(column)]
    also = stored_added or change.drops_key
    if stored_gone and also and any(map(_virtual, change.before.columns)):
        yield Effect(
            Work.COPY,
            "columns are dropped together with other clauses, in a table with VIRTUAL columns",
        )
