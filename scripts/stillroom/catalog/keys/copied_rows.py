"""Whether a server copies a table row by row to alter it; its foreign keys forbid more then."""

from __future__ import annotations

from collections.abc import Mapping

from stillroom.catalog.errors import Unsupported
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.keys.index_order import clustered
from stillroom.catalog.keys.supporting_indexes import same_storage
from stillroom.catalog.model import Column, DataType
from stillroom.catalog.record import record, replace
from stillroom.catalog.table import Table
from stillroom.catalog.target import Target

_VARYING = ("varchar", "varbinary")
_ONE_LENGTH_BYTE = 255  # bytes of a value whose length fits into one byte
_GROWS_AT_ONCE = 127  # MariaDB: bytes of a column that may grow over that border at once


@record
class Rewriting:
    """What several changes do to the rows of a table, as to its columns, keys and checks.

    ``names`` are the new names of columns, by their old ones in lower case; ``checks_keys`` is
    foreign_key_checks.
    """

    old: Table
    new: Table
    names: Mapping[str, str]
    checks_keys: bool
    statement: str

    @property
    def copies(self) -> bool:
        """Whether the changes together cannot be made in place."""
        old, new = self.old, self.new
        if self.checks_keys and len(new.foreign_keys) > len(old.foreign_keys):
            return True
        if self._loses_primary_key() or self._is_checked_anew():
            return True
        if old.target.mariadb and any(index.hashed for index in (*old.indexes, *new.indexes)):
            return True
        befores = self._befores
        # In place virtual columns come and go only alone.
        if _virtual_columns(old, befores) != _virtual_columns(new, new.by_name):
            return True
        return any(self._changes(befores.get(name), column) for name, column in new.by_name.items())

    @property
    def _befores(self) -> dict[str, Column]:
        """The columns as they were, by their new names in lower case."""
        return {self.names.get(n, n).lower(): column for n, column in self.old.by_name.items()}

    def _loses_primary_key(self) -> bool:
        if self.old.target.mariadb:
            return clustered(self.old) is not None and clustered(self.new) is None
        return _has_primary_key(self.old) and not _has_primary_key(self.new)

    def _is_checked_anew(self) -> bool:
        enforced = {check.name for check in self.old.checks if check.enforced}
        return any(check.enforced and check.name not in enforced for check in self.new.checks)

    def _changes(self, old: Column | None, new: Column) -> bool:
        if old is None:
            return new.generated is not None
        if converts_values(old, new, self.old):
            return True
        virtual = self.old.target.mariadb and not old.stored and not new.stored
        return not virtual and (old.generated, old.stored) != (new.generated, new.stored)

    def check_renames(self) -> None:
        """Raise Unsupported where it is not known whether MariaDB renames a foreign key's column.

        That is where it computes columns, or packs its pages.
        """
        old, new, befores = self.old, self.new, self._befores
        if old.target.mysql:
            return
        kept = [name for name in befores if name in new.by_name]
        moved = [*new.by_name][: len(kept)] != kept
        tightened = any(befores[name].nullable and not new.by_name[name].nullable for name in kept)
        computes = any(column.generated is not None for column in old.columns)
        packed = old.option("KEY_BLOCK_SIZE") != new.option("KEY_BLOCK_SIZE")
        if packed or (computes and (moved or tightened)):
            reason = "to rename a column of a foreign key among such clauses is not supported"
            raise Unsupported(self.statement, 0, reason)


def converts_values(old: Column, new: Column, table: Table, *, sorts: bool = True) -> bool:
    """Whether another type of a column is more than a note in the dictionary.

    Without ``sorts`` it does not count that its values sort otherwise, so that rows are copied.
    """
    mysql = table.target.mysql
    if old.auto_increment != new.auto_increment and (mysql or new.auto_increment):
        return True
    before, after = old.type, new.type
    widened = (before.charset, after.charset) == ("utf8mb3", "utf8mb4")
    if before.name != after.name or (before.charset != after.charset and not widened):
        return True
    if sorts and before.collation != after.collation and _sorts(old, table):
        return True
    if before.values:
        kept = after.values[: len(before.values)] == before.values
        return not kept or type_bytes(before) != type_bytes(after)
    if before.name in _VARYING:
        return outgrows(before, after, table.target, table.option("ROW_FORMAT") or "")
    alike = replace(before, charset=after.charset, collation=after.collation)
    return not same_storage(replace(old, type=alike), new)


def outgrows(old: DataType, new: DataType, target: Target, row_format: str) -> bool:
    """Whether a VARCHAR or VARBINARY of another length has to be copied."""
    if (new.length or 0) < (old.length or 0):
        return True
    if not type_bytes(old) <= _ONE_LENGTH_BYTE < type_bytes(new):
        return False
    at_once = type_bytes(old) <= _GROWS_AT_ONCE or row_format.upper() == "REDUNDANT"
    return target.mysql or not at_once


def _sorts(column: Column, table: Table) -> bool:
    """Whether rows have to be copied when its values sort otherwise."""
    if column.type.values:
        return table.target.mariadb
    keyed = any(column.name in index.columns for index in table.indexes)
    return keyed and table.target.mysql


def _has_primary_key(table: Table) -> bool:
    return any(index.kind == "PRIMARY" for index in table.indexes)


def _virtual_columns(table: Table, columns: Mapping[str, Column]) -> list[str]:
    """Their names, and the expressions of keys, which have hidden ones."""
    shown = [
        name
        for name, column in columns.items()
        if column.generated is not None and not column.stored
    ]
    hidden = [part.expression for index in table.indexes for part in index.parts if part.expression]
    return sorted(shown + hidden)
