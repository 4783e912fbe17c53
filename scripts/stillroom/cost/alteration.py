"""One ALTER TABLE as differences: columns, keys and constraints added, dropped and changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from stillroom.catalog import Check, Column, ForeignKey, Index, Table
from stillroom.catalog.parser.syntax import Action, ChangeColumn, Drop, RenameColumn, RenameIndex

_Named = TypeVar("_Named", ForeignKey, Check)


@dataclass(frozen=True)
class Alteration:
    """A table before and after, and the clauses in between."""

    before: Table
    after: Table
    actions: Sequence[Action]

    @cached_property
    def new_names(self) -> dict[str, str]:
        """What columns are renamed to, both in lower case."""
        pairs = [
            (action.old_name, action.column.name)
            if isinstance(action, ChangeColumn)
            else (action.old_name, action.new_name)
            for action in self.actions
            if isinstance(action, (ChangeColumn, RenameColumn))
        ]
        folded = [(old.lower(), new.lower()) for old, new in pairs]
        return {old: new for old, new in folded if old != new and old in self.before.by_name}

    @cached_property
    def kept(self) -> list[tuple[Column, Column]]:
        """Columns that are there before and after, whatever they are called."""
        dropped = {
            action.name.lower()
            for action in self.actions
            if isinstance(action, Drop) and action.kind == "COLUMN"
        }
        pairs = []
        for old in self.before.columns:
            name = old.name.lower()
            new = self.after.column(self.new_names.get(name, name))
            if new is not None and name not in dropped:
                pairs.append((old, new))
        return pairs

    @property
    def changed(self) -> list[tuple[Column, Column]]:
        """The columns that stay and change: before and after."""
        return [(old, new) for old, new in self.kept if old != new]

    @property
    def added(self) -> list[Column]:
        """The columns that are new."""
        kept = {new.name for _, new in self.kept}
        return [column for column in self.after.columns if column.name not in kept]

    @property
    def dropped(self) -> list[Column]:
        """The columns that go."""
        kept = {old.name for old, _ in self.kept}
        return [column for column in self.before.columns if column.name not in kept]

    @property
    def reordered(self) -> bool:
        """Whether columns that were there before stand in another order."""
        order = [column.name for column in self.after.columns]
        places = [order.index(new.name) for _, new in self.kept]
        return places != sorted(places)

    @property
    def new_indexes(self) -> list[Index]:
        """Indexes that have to be built."""
        old_shapes = {_shape(index) for index in self._indexes_as_now}
        return [index for index in self.after.indexes if _shape(index) not in old_shapes]

    @property
    def old_indexes(self) -> list[Index]:
        """Indexes that go."""
        new_shapes = {_shape(index) for index in self.after.indexes}
        return [index for index in self._indexes_as_now if _shape(index) not in new_shapes]

    @property
    def renamed_indexes(self) -> list[RenameIndex]:
        """The clauses that rename an index."""
        return [action for action in self.actions if isinstance(action, RenameIndex)]

    @cached_property
    def _indexes_as_now(self) -> list[Index]:
        """The indexes of before under the names that they and their columns have now."""
        names = {clause.old_name.lower(): clause.new_name for clause in self.renamed_indexes}
        after = self.after
        indexes = []
        for index in self.before.indexes:
            parts = []
            for part in index.parts:
                new = after.column(self.new_names.get(part.column.lower(), ""))
                parts.append(replace(part, column=new.name) if new else part)
            name = names.get(index.name.lower(), index.name)
            indexes.append(replace(index, name=name, parts=tuple(parts)))
        return indexes

    @property
    def new_keys(self) -> list[ForeignKey]:
        """The foreign keys that are new."""
        return self._new(self.before.foreign_keys, self.after.foreign_keys, "FOREIGN KEY")

    @property
    def drops_key(self) -> bool:
        """Whether a foreign key goes."""
        names = {key.name.lower() for key in self.before.foreign_keys}
        left = {key.name.lower() for key in self.after.foreign_keys}
        return bool(names - left or names & self._dropped_names("FOREIGN KEY"))

    @property
    def new_checks(self) -> list[Check]:
        """The CHECKs that are new."""
        checks = self._new(self.before.checks, self.after.checks, "CHECK")
        if self.before.name == self.after.name:
            return checks
        old_checks = [check.expression for check in self.before.checks]  # named after the table
        return [check for check in checks if check.expression not in old_checks]

    def _new(self, old: Sequence[_Named], new: Sequence[_Named], kind: str) -> list[_Named]:
        """Those of another name, or of the name of one that the same statement drops."""
        names = {constraint.name.lower() for constraint in old} - self._dropped_names(kind)
        return [constraint for constraint in new if constraint.name.lower() not in names]

    def _dropped_names(self, kind: str) -> set[str]:
        return {
            action.name.lower()
            for action in self.actions
            if isinstance(action, Drop) and action.kind in (kind, "CONSTRAINT")
        }

    @cached_property
    def clustered(self) -> tuple[Index | None, Index | None]:
        """The keys that the rows are sorted by, before (under the names of now) and after."""
        before = _clustered(self.before)
        if before is not None:
            before = self._indexes_as_now[self.before.indexes.index(before)]
        return before, _clustered(self.after)

    def indexed(self, column: Column) -> bool:
        """Whether an index of before holds the column."""
        return any(column.name in index.columns for index in self.before.indexes)


def _clustered(table: Table) -> Index | None:
    """InnoDB's choice: the primary key, else the first whole unique key without a NULL."""
    if table.primary_key is not None or table.engine != "InnoDB":
        return table.primary_key
    for index in table.indexes:
        columns = [table.column(part.column) for part in index.parts if not part.length]
        required = [column for column in columns if column is not None and not column.nullable]
        if index.kind == "UNIQUE" and not index.hashed and len(required) == len(index.parts):
            return index
    return None


def _shape(index: Index) -> tuple[object, ...]:
    """What makes an index another one: its name, kind and parts."""
    return index.name.lower(), index.kind, index.parts
