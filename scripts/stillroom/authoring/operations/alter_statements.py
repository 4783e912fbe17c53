"""Writes ``ALTER TABLE`` statements that turn the tables of one catalog into those of another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from stillroom.catalog import (
    Catalog,
    Check,
    Column,
    ForeignKey,
    Index,
    Table,
    quoted_name,
    quoted_string,
)
from stillroom.catalog.printing.show_create import (
    check_text,
    column_text,
    foreign_key_text,
    index_text,
    partitions_text,
)
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.table_expressions import named_columns
from stillroom.drift.difference import Difference

# The fields of a column that an aspect of a difference stands for.
_FIELDS = {
    "nullability": ("nullable",),
    "default": ("default", "default_is_expression"),
    "on update": ("on_update",),
    "autoincrement": ("auto_increment",),
    "expression": ("generated", "stored"),
    "check": ("check",),
    "visibility": ("invisible",),
    "compression": ("compressed",),
    "comment": ("comment",),
}

_NO_DEFAULT = (None, "NULL")


@dataclass
class _Clauses:
    """The clauses for one table: foreign keys are dropped first and added last."""

    unbound: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)  # what columns become that were made anew
    bound: list[str] = field(default_factory=list)
    partitions: list[str] = field(default_factory=list)


def alterations(
    before: Catalog, after: Catalog, differences: Sequence[Difference], *, regenerate: bool = False
) -> list[str]:
    """Statements that remove ``differences`` from ``before``.

    With ``regenerate``, an index that the server once made for a foreign key is left to the server
    again, which drops it when it is no longer needed; otherwise it is added as any other.
    """
    tables: dict[tuple[str, str], list[Difference]] = {}
    for difference in differences:
        tables.setdefault((difference.schema or DEFAULT_SCHEMA, difference.table), []).append(
            difference
        )
    made: list[str] = []
    dropped: list[str] = []
    altered: list[tuple[Table, _Clauses]] = []
    for (schema, name), own in tables.items():
        old, new = before.find(schema, name), after.find(schema, name)
        if old is None and new is not None:
            made.append(new.create_statement)
        elif new is None and old is not None:
            dropped.append(f"DROP TABLE {old.sql_name}")
        elif old is not None and new is not None:
            altered.append((old, _clauses(old, new, own, regenerate=regenerate)))
    _unbind(before, after, altered)
    return [
        *(_alter(table, clauses.unbound) for table, clauses in altered if clauses.unbound),
        *dropped,
        *made,
        *(_alter(table, clauses.changed) for table, clauses in altered if clauses.changed),
        *(_alter(table, clauses.settled) for table, clauses in altered if clauses.settled),
        *(_alter(table, clauses.bound) for table, clauses in altered if clauses.bound),
        *(_alter(table, clauses.partitions) for table, clauses in altered if clauses.partitions),
    ]


def _clauses(
    old: Table, new: Table, differences: Sequence[Difference], *, regenerate: bool
) -> _Clauses:
    clauses = _Clauses()
    names = _by_kind(differences)
    for key in _parts("foreign key", old.foreign_keys, differences, history=True):
        clauses.unbound.append(f"DROP FOREIGN KEY {quoted_name(key.name)}")
    for key in _parts("foreign key", new.foreign_keys, differences, history=False):
        clauses.bound.append(f"ADD {foreign_key_text(new, key)}")
    remade = _remade(old, new, differences)
    for check in _parts("check", old.checks, differences, history=True):
        clauses.changed.append(f"DROP CONSTRAINT {quoted_name(check.name)}")
    for index in _parts("index", old.indexes, differences, history=True):
        clauses.changed.append(_drop_text(index))
    clauses.changed += _released(old, remade, clauses.changed)
    if "primary key" in names and old.primary_key:
        clauses.changed.append(_drop_text(old.primary_key))
    clauses.changed += _options(old, new, differences)
    clauses.changed += _columns(old, new, differences)
    if "primary key" in names and new.primary_key:
        clauses.changed.append(f"ADD {index_text(new, new.primary_key)}")
    added = _parts("index", new.indexes, differences, history=False)
    clauses.changed += _added(added, new, clauses, regenerate=regenerate)
    for check in _parts("check", new.checks, differences, history=False):
        clauses.changed.append(f"ADD {check_text(check)}")
    clauses.changed += _held(new, remade, clauses.changed)
    clauses.settled += [
        f"MODIFY COLUMN {definition(new, column)}"
        for column in new.columns
        if column.name.lower() in remade and column.generated is None
    ]
    if any(
        difference.kind == "option" and difference.aspect == "partitions"
        for difference in differences
    ):
        clauses.partitions.append(
            partitions_text(new).strip() if new.partitions else "REMOVE PARTITIONING"
        )
    return clauses


def _remade(old: Table, new: Table, differences: Sequence[Difference]) -> frozenset[str]:
    """The columns that servers only drop and add, or that lose their values to a calculation."""
    names = {difference.name.lower() for difference in differences if difference.kind == "column"}
    return frozenset(
        name
        for name in names
        if (before := old.column(name)) is not None
        and (after := new.column(name)) is not None
        and _is_made_anew(before, after)
    )


def _is_made_anew(before: Column, after: Column) -> bool:
    calculated = before.generated is None and after.generated is not None
    return calculated or _is_virtual(before) != _is_virtual(after)


def _is_virtual(column: Column) -> bool:
    return column.generated is not None and not column.stored


def _released(table: Table, columns: frozenset[str], dropped: Sequence[str]) -> Iterator[str]:
    """Drop the checks and indexes of columns that are made anew, but those that go anyway."""
    for check in table.checks:
        clause = f"DROP CONSTRAINT {quoted_name(check.name)}"
        if columns & named_columns(check.expression, table.target) and clause not in dropped:
            yield clause
    for index in table.indexes:
        if columns & {name.lower() for name in index.columns} and _drop_text(index) not in dropped:
            yield _drop_text(index)


def _held(table: Table, columns: frozenset[str], added: Sequence[str]) -> Iterator[str]:
    """Add them again, but those that are added anyway."""
    for index in table.indexes:
        clause = f"ADD {index_text(table, index)}"
        if columns & {name.lower() for name in index.columns} and clause not in added:
            yield clause
    for check in table.checks:
        clause = f"ADD {check_text(check)}"
        if columns & named_columns(check.expression, table.target) and clause not in added:
            yield clause


def _added(
    indexes: Sequence[Index], table: Table, clauses: _Clauses, *, regenerate: bool
) -> Iterator[str]:
    for index in indexes:
        if not (regenerate and _rebind(table, index, clauses)):
            yield f"ADD {index_text(table, index)}"


def _rebind(table: Table, index: Index, clauses: _Clauses) -> bool:
    """Drop and re-add the foreign key that ``index`` was made for; False if there is none."""
    for key in table.foreign_keys:
        if index.generated and key.columns == index.columns:
            add = f"ADD {foreign_key_text(table, key)}"
            if add not in clauses.bound:
                clauses.unbound.append(f"DROP FOREIGN KEY {quoted_name(key.name)}")
                clauses.bound.append(add)
            return True
    return False


def _by_kind(differences: Sequence[Difference]) -> dict[str, list[Difference]]:
    kinds: dict[str, list[Difference]] = {}
    for difference in differences:
        kinds.setdefault(difference.kind, []).append(difference)
    return kinds


Part = TypeVar("Part", Index, ForeignKey, Check)


def _parts(
    kind: str, parts: Sequence[Part], differences: Sequence[Difference], *, history: bool
) -> list[Part]:
    names = {
        difference.name.lower()
        for difference in differences
        if difference.kind == kind and (difference.history if history else difference.models)
    }
    return [part for part in parts if part.name.lower() in names]


def _options(old: Table, new: Table, differences: Sequence[Difference]) -> Iterator[str]:
    for difference in differences:
        if difference.kind != "option" or difference.aspect == "partitions":
            continue
        if difference.aspect == "collation":
            yield f"DEFAULT CHARACTER SET {new.charset} COLLATE {new.collation}"
        elif difference.aspect == "engine":
            yield f"ENGINE={new.engine}"
        elif difference.aspect == "comment":
            yield f"COMMENT={quoted_string(new.comment)}"
        else:
            name = difference.aspect.upper().replace(" ", "_")
            value = new.option(name)
            if name == "COMPRESSION":
                value = quoted_string(value or "NONE")
            yield f"{name}={value or ('0' if name == 'KEY_BLOCK_SIZE' else 'DEFAULT')}"


def _columns(old: Table, new: Table, differences: Sequence[Difference]) -> Iterator[str]:
    aspects: dict[str, set[str]] = {}
    for difference in differences:
        if difference.kind == "column":
            aspects.setdefault(difference.name.lower(), set()).add(difference.aspect)
    recollated = any(
        difference.kind == "option" and difference.aspect == "collation"
        for difference in differences
    )
    final = replace(old, charset=new.charset, collation=new.collation) if recollated else old
    for column in old.columns:
        if new.column(column.name) is None and column.name.lower() in aspects:
            yield f"DROP COLUMN {quoted_name(column.name)}"
    for column in new.columns:
        before = old.column(column.name)
        own = aspects.get(column.name.lower(), set())
        if before is None:
            if own:
                yield f"ADD COLUMN {definition(final, column)}{_place(new, column, own)}"
        elif own or (recollated and column.type.collation):
            wanted = _merged(before, column, own, recollated=recollated)
            if _is_made_anew(before, wanted):
                # Its values stay where it is calculated in both, or was before.
                kept = replace(before, stored=True) if wanted.generated is None else wanted
                yield f"DROP COLUMN {quoted_name(column.name)}"
                yield f"ADD COLUMN {definition(final, kept)}{_place(new, column, ('position',))}"
                continue
            yield f"MODIFY COLUMN {definition(final, wanted)}{_place(new, column, own)}"


def definition(table: Table, column: Column) -> str:
    """A column for ADD and MODIFY, without an inherited collation: MySQL would remember it."""
    type_ = column.type
    if type_.collation == table.collation and not column.explicit_collation:
        column = replace(column, type=replace(type_, charset=None, collation=None))
    return column_text(table, column)


def _merged(before: Column, after: Column, aspects: Collection[str], *, recollated: bool) -> Column:
    """``before`` with those aspects of ``after``, and its own in all others."""
    if "" in aspects:
        return after
    changes = {name: getattr(after, name) for aspect in aspects for name in _FIELDS.get(aspect, ())}
    type_ = before.type
    if "type" in aspects:
        type_ = after.type
    elif "collation" in aspects or recollated:
        type_ = replace(type_, charset=after.type.charset, collation=after.type.collation)
    if before.default in _NO_DEFAULT and after.default in _NO_DEFAULT:
        changes["default"] = after.default  # which of the two goes with NULL and NOT NULL
    return replace(before, type=type_, explicit_collation=after.explicit_collation, **changes)


def _place(table: Table, column: Column, aspects: Collection[str]) -> str:
    if "position" not in aspects:
        return ""
    names = [other.name for other in table.columns]
    position = names.index(column.name)
    return f" AFTER {quoted_name(names[position - 1])}" if position else " FIRST"


def _unbind(before: Catalog, after: Catalog, altered: list[tuple[Table, _Clauses]]) -> None:
    """Drop the foreign keys of columns that change, and add them again afterwards."""
    clauses = {(table.schema, table.name): own for table, own in altered}
    changed = {
        place: {
            clause.split("`")[1].lower() for clause in own.changed if clause.startswith("MODIFY")
        }
        for place, own in clauses.items()
    }
    for table in before.all_tables():
        for key in table.foreign_keys:
            changed_columns = changed.get((table.schema, table.name), set())
            theirs = changed.get((key.schema, key.table), set())
            if not (
                changed_columns & {name.lower() for name in key.columns}
                or theirs & {name.lower() for name in key.referenced_columns}
                or _loses_index(table, after.find(table.schema, table.name), key, clauses)
            ):
                continue
            own = clauses.get((table.schema, table.name))
            if own is None:
                own = clauses[table.schema, table.name] = _Clauses()
                altered.append((table, own))
            drop = f"DROP FOREIGN KEY {quoted_name(key.name)}"
            if drop in own.unbound:
                continue
            own.unbound.append(drop)
            kept = _same_key(after.find(table.schema, table.name), key) or key
            own.bound.append(f"ADD {foreign_key_text(table, kept)}")


def _loses_index(
    table: Table,
    new: Table | None,
    key: ForeignKey,
    altered: Mapping[tuple[str, str], _Clauses],
) -> bool:
    """Whether all indexes that serve ``key`` are dropped: the server would then make another."""
    own = altered.get((table.schema, table.name))
    dropped = set(own.changed if own else ())
    if new and new.primary_key and _serves(new.primary_key, key):
        dropped.discard("DROP PRIMARY KEY")
    serving = [index for index in table.indexes if _serves(index, key)]
    return bool(serving) and dropped.issuperset(map(_drop_text, serving))


def _serves(index: Index, key: ForeignKey) -> bool:
    return index.columns[: len(key.columns)] == key.columns


def _drop_text(index: Index) -> str:
    return (
        "DROP PRIMARY KEY" if index.kind == "PRIMARY" else f"DROP INDEX {quoted_name(index.name)}"
    )


def _same_key(table: Table | None, key: ForeignKey) -> ForeignKey | None:
    keys = table.foreign_keys if table else ()
    return next((other for other in keys if other.name.lower() == key.name.lower()), None)


def _alter(table: Table, clauses: Sequence[str]) -> str:
    return f"ALTER TABLE {table.sql_name} " + ", ".join(clauses)
