"""The cost of clauses on indexes and constraints."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import Index, Table, Target
from stillroom.catalog.parser.syntax import AlterCheck, AlterIndex
from stillroom.cost.alteration import Alteration
from stillroom.cost.model import Effect, Lock, Work


def key_effects(
    change: Alteration, target: Target, *, foreign_key_checks: bool
) -> Iterator[Effect]:
    """The effects of indexes, foreign keys and CHECKs that come and go."""
    yield from _clustered(change, target)
    for index in change.new_indexes:
        if index not in change.clustered:
            yield _built(index, change.before, target)
    for index in change.old_indexes:
        if index not in change.clustered:
            yield _dropped(index)
    renamed = [clause.old_name for clause in change.renamed_indexes]
    hidden = [action.name for action in change.actions if isinstance(action, AlterIndex)]
    for name in renamed + hidden:
        yield Effect(_light(target), f"the index {name} is renamed or hidden")
    yield from _constraints(change, target, foreign_key_checks=foreign_key_checks)
    hashed = any(index.hashed for index in change.before.indexes)
    if hashed and (change.new_indexes or change.old_indexes or change.new_keys):
        yield Effect(Work.COPY, "keys are added or dropped together with a hashed one")


def fulltext(table: Table) -> bool:
    """Whether a FULLTEXT index is on the table."""
    return any(index.kind == "FULLTEXT" for index in table.indexes)


def virtual_keys(table: Table) -> bool:
    """Whether an index is on a VIRTUAL column."""
    virtual = {
        column.name
        for column in table.columns
        if column.generated is not None and not column.stored
    }
    return any(virtual.intersection(index.columns) for index in table.indexes)


def _light(target: Target) -> Work:
    """What takes no work in either family, but is no instant change for MySQL."""
    return Work.METADATA if target.mariadb else Work.INDEX


def _clustered(change: Alteration, target: Target) -> Iterator[Effect]:
    """What it takes to sort the rows by another key, or by none."""
    old, new = change.clustered
    if old is not None and new is None:
        yield Effect(Work.COPY, "the primary key is dropped and no other is added")
        return
    is_kept = new is not None and new not in change.new_indexes
    if target.mysql and old in change.old_indexes and is_kept:
        yield Effect(Work.COPY, "the primary key is dropped, and another key takes its place")
    elif new is not None and (old is None or old.parts != new.parts):
        yield Effect(Work.REBUILD, "the rows are sorted by another primary key")
    elif old is not None and new is not None and old.kind != new.kind:
        work = Work.INDEX if is_kept else _light(target)
        yield Effect(work, "the primary key is replaced by another key of the same columns")


def _dropped(index: Index) -> Effect:
    if index.hashed:
        return Effect(Work.COPY, f"the hashed key {index.name} is dropped with its hidden column")
    return Effect(Work.INDEX, f"the index {index.name} is dropped")


def _built(index: Index, before: Table, target: Target) -> Effect:
    why = f"the index {index.name} is built"
    if index.hashed:
        return Effect(Work.COPY, f"the key {index.name} is stored as a hash, in a hidden column")
    if index.kind == "SPATIAL":
        return Effect(Work.INDEX, f"the SPATIAL index {index.name} is built", Lock.SHARED, True)
    if index.kind == "FULLTEXT":
        first = target.mariadb and not fulltext(before)
        work = Work.REBUILD if first else Work.INDEX
        return Effect(work, f"the FULLTEXT index {index.name} is built", Lock.SHARED, True)
    return Effect(Work.INDEX, why, builds=True)


def _constraints(
    change: Alteration, target: Target, *, foreign_key_checks: bool
) -> Iterator[Effect]:
    for key in change.new_keys:
        work = Work.COPY if foreign_key_checks else _light(target)
        yield Effect(work, f"the rows are checked against the foreign key {key.name}")
    if change.drops_key:
        yield Effect(_light(target), "a foreign key is dropped")
    for check in change.new_checks:
        work = Work.COPY if check.enforced else Work.METADATA
        yield Effect(work, f"the rows are checked against the CHECK {check.name}")
    for action in change.actions:
        if isinstance(action, AlterCheck):
            work = Work.COPY if action.enforced else Work.METADATA
            yield Effect(work, f"the CHECK {action.name} is switched on or off")
