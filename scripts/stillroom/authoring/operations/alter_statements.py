"""Full ``ALTER TABLE`` statements that take tables of one catalog to those of another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from stillroom.catalog import Catalog, Check, Column, ForeignKey, Index, Table
from stillroom.catalog.printing.show_create import (
    check_text,
    column_text,
    foreign_key_text,
    index_text,
    partitions_text,
)
from stillroom.catalog.printing.text import name_text, string_text
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.difference import Difference

# What of a column an aspect of a difference stands for.
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
    """What one table needs: foreign keys go first and come last, all else is one statement."""

    unbound: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    partitions: list[str] = field(default_factory=list)


def alterations(
    before: Catalog, after: Catalog, found: Sequence[Difference], *, regenerate: bool = False
) -> list[str]:
    """Statements that remove the differences ``found`` from ``before``.

    With ``regenerate`` a key that the server once made for a foreign key is made by the server
    again, which will drop it when it is needed no longer; else it is added as any other.
    """
    tables: dict[tuple[str, str], list[Difference]] = {}
    for one in found:
        tables.setdefault((one.schema or DEFAULT_SCHEMA, one.table), []).append(one)
    made: list[str] = []
    dropped: list[str] = []
    altered: list[tuple[Table, _Clauses]] = []
    for (schema, name), own in tables.items():
        old, new = before.find(schema, name), after.find(schema, name)
        if old is None and new is not None:
            made.append(new.create_statement.replace("\n ", "").replace("\n", ""))
        elif new is None and old is not None:
            dropped.append(f"DROP TABLE {_name(old)}")
        elif old is not None and new is not None:
            altered.append((old, _clauses(old, new, own, regenerate=regenerate)))
    _unbind(before, after, altered)
    return [
        *(_alter(table, one.unbound) for table, one in altered if one.unbound),
        *dropped,
        *made,
        *(_alter(table, one.changed) for table, one in altered if one.changed),
        *(_alter(table, one.bound) for table, one in altered if one.bound),
        *(_alter(table, one.partitions) for table, one in altered if one.partitions),
    ]


def _clauses(old: Table, new: Table, found: Sequence[Difference], *, regenerate: bool) -> _Clauses:
    clauses = _Clauses()
    names = _by_kind(found)
    for key in _things("foreign key", old.foreign_keys, found, history=True):
        clauses.unbound.append(f"DROP FOREIGN KEY {name_text(key.name)}")
    for key in _things("foreign key", new.foreign_keys, found, history=False):
        clauses.bound.append(f"ADD {foreign_key_text(new, key)}")
    for check in _things("check", old.checks, found, history=True):
        clauses.changed.append(f"DROP CONSTRAINT {name_text(check.name)}")
    for index in _things("index", old.indexes, found, history=True):
        clauses.changed.append(_drop_text(index))
    if "primary key" in names and old.primary_key:
        clauses.changed.append(_drop_text(old.primary_key))
    clauses.changed += _options(old, new, found)
    clauses.changed += _columns(old, new, found)
    if "primary key" in names and new.primary_key:
        clauses.changed.append(f"ADD {index_text(new, new.primary_key)}")
    added = _things("index", new.indexes, found, history=False)
    clauses.changed += _added(added, new, clauses, regenerate=regenerate)
    for check in _things("check", new.checks, found, history=False):
        clauses.changed.append(f"ADD {check_text(check)}")
    if any(one.kind == "option" and one.aspect == "partitions" for one in found):
        clauses.partitions.append(
            partitions_text(new).strip() if new.partitions else "REMOVE PARTITIONING"
        )
    return clauses


def _added(
    indexes: Sequence[Index], table: Table, clauses: _Clauses, *, regenerate: bool
) -> Iterator[str]:
    for index in indexes:
        if not (regenerate and _rebind(table, index, clauses)):
            yield f"ADD {index_text(table, index)}"


def _rebind(table: Table, index: Index, clauses: _Clauses) -> bool:
    """Take off the foreign key that ``index`` was made for, and put it on again; False if none."""
    for key in table.foreign_keys:
        if index.generated and key.columns == index.columns:
            add = f"ADD {foreign_key_text(table, key)}"
            if add not in clauses.bound:
                clauses.unbound.append(f"DROP FOREIGN KEY {name_text(key.name)}")
                clauses.bound.append(add)
            return True
    return False


def _by_kind(found: Sequence[Difference]) -> dict[str, list[Difference]]:
    kinds: dict[str, list[Difference]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    return kinds


Thing = TypeVar("Thing", Index, ForeignKey, Check)


def _things(
    kind: str, things: Sequence[Thing], found: Sequence[Difference], *, history: bool
) -> list[Thing]:
    names = {
        one.name.lower()
        for one in found
        if one.kind == kind and (one.history if history else one.models)
    }
    return [thing for thing in things if thing.name.lower() in names]


def _options(old: Table, new: Table, found: Sequence[Difference]) -> Iterator[str]:
    for one in found:
        if one.kind != "option" or one.aspect == "partitions":
            continue
        if one.aspect == "collation":
            yield f"DEFAULT CHARACTER SET {new.charset} COLLATE {new.collation}"
        elif one.aspect == "engine":
            yield f"ENGINE={new.engine}"
        elif one.aspect == "comment":
            yield f"COMMENT={string_text(new.comment)}"
        else:
            name = one.aspect.upper().replace(" ", "_")
            value = new.option(name)
            if name == "COMPRESSION":
                value = string_text(value or "NONE")
            yield f"{name}={value or ('0' if name == 'KEY_BLOCK_SIZE' else 'DEFAULT')}"


def _columns(old: Table, new: Table, found: Sequence[Difference]) -> Iterator[str]:
    aspects: dict[str, set[str]] = {}
    for one in found:
        if one.kind == "column":
            aspects.setdefault(one.name.lower(), set()).add(one.aspect)
    recollated = any(one.kind == "option" and one.aspect == "collation" for one in found)
    final = replace(old, charset=new.charset, collation=new.collation) if recollated else old
    for column in old.columns:
        if new.column(column.name) is None and column.name.lower() in aspects:
            yield f"DROP COLUMN {name_text(column.name)}"
    for column in new.columns:
        before = old.column(column.name)
        own = aspects.get(column.name.lower(), set())
        if before is None:
            if own:
                yield f"ADD COLUMN {definition(final, column)}{_place(new, column, own)}"
        elif own or (recollated and column.type.collation):
            wanted = _merged(before, column, own, recollated=recollated)
            yield f"MODIFY COLUMN {definition(final, wanted)}{_place(new, column, own)}"


def definition(table: Table, column: Column) -> str:
    """A column for ADD and MODIFY; MySQL remembers a collation that was written out."""
    type_ = column.type
    if type_.collation == table.collation and not column.explicit_collation:
        column = replace(column, type=replace(type_, charset=None, collation=None))
    return column_text(table, column)


def _merged(before: Column, after: Column, aspects: Collection[str], *, recollated: bool) -> Column:
    """``before`` with those aspects of ``after``; of any other it keeps what it has."""
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
    names = [one.name for one in table.columns]
    position = names.index(column.name)
    return f" AFTER {name_text(names[position - 1])}" if position else " FIRST"


def _unbind(before: Catalog, after: Catalog, altered: list[tuple[Table, _Clauses]]) -> None:
    """Take the foreign keys off columns that are about to change, and put them on again."""
    clauses = {(table.schema, table.name): own for table, own in altered}
    changed = {
        place: {
            clause.split("`")[1].lower() for clause in own.changed if clause.startswith("MODIFY")
        }
        for place, own in clauses.items()
    }
    for table in before.all_tables():
        for key in table.foreign_keys:
            mine = changed.get((table.schema, table.name), set())
            theirs = changed.get((key.schema, key.table), set())
            if not (
                mine & {name.lower() for name in key.columns}
                or theirs & {name.lower() for name in key.referenced_columns}
                or _loses_index(table, after.find(table.schema, table.name), key, clauses)
            ):
                continue
            own = clauses.get((table.schema, table.name))
            if own is None:
                own = clauses[table.schema, table.name] = _Clauses()
                altered.append((table, own))
            drop = f"DROP FOREIGN KEY {name_text(key.name)}"
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
    """Whether all that ``key`` is looked up by goes: the server then makes an index for it."""
    own = altered.get((table.schema, table.name))
    dropped = set(own.changed if own else ())
    if new and new.primary_key and _serves(new.primary_key, key):
        dropped.discard("DROP PRIMARY KEY")
    serving = [one for one in table.indexes if _serves(one, key)]
    return bool(serving) and dropped.issuperset(map(_drop_text, serving))


def _serves(index: Index, key: ForeignKey) -> bool:
    return index.columns[: len(key.columns)] == key.columns


def _drop_text(index: Index) -> str:
    return "DROP PRIMARY KEY" if index.kind == "PRIMARY" else f"DROP INDEX {name_text(index.name)}"


def _same_key(table: Table | None, key: ForeignKey) -> ForeignKey | None:
    keys = table.foreign_keys if table else ()
    return next((one for one in keys if one.name.lower() == key.name.lower()), None)


def _alter(table: Table, clauses: Sequence[str]) -> str:
    return f"ALTER TABLE {_name(table)} " + ", ".join(clauses)


def _name(table: Table) -> str:
    own = name_text(table.name)
    return own if table.schema == DEFAULT_SCHEMA else f"{name_text(table.schema)}.{own}"
