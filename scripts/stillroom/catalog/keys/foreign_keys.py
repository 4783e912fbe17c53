"""Foreign keys: their names, what they refer to, and what they forbid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from stillroom.catalog import error_numbers as er
from stillroom.catalog.keys.foreign_key_names import generated_name, highest_number, sort_keys
from stillroom.catalog.keys.supporting_indexes import (
    compatible,
    same_names,
    stays,
    supporting_index,
    supporting_indexes,
    unique_parent_key,
)
from stillroom.catalog.keys.written_columns import (
    check_written_columns,
    without_set_default,
    writing_clause,
)
from stillroom.catalog.messages import cannot_create, refusal
from stillroom.catalog.model import ForeignKey, Index
from stillroom.catalog.parser.syntax import ForeignKeySpec
from stillroom.catalog.record import record, replace
from stillroom.catalog.session import Session
from stillroom.catalog.table import Table
from stillroom.catalog.table_expressions import named_columns
from stillroom.catalog.target import Target

_LONGEST_NAME = 64


@record
class ForeignKeyScope:
    """What foreign keys depend on: the tables around, and the names they use already."""

    target: Target
    session: Session
    find: Callable[[str, str], Table | None]  # schema, name
    taken: Callable[[str, str], bool]  # schema, constraint name: in another table


@record
class ForeignKeyMaker:
    """Resolves the new foreign keys of one table, which has its columns and indexes already.

    ``old`` is the table as it was, if it is being altered; ``in_place`` says that MariaDB adds the
    keys without copying it, which tells in small things.
    """

    table: Table
    scope: ForeignKeyScope
    old: Table | None
    in_place: bool

    def make(self, specs: Sequence[ForeignKeySpec]) -> tuple[ForeignKey, ...]:
        """All keys, sorted as the server prints them."""
        keys = list(self.table.foreign_keys)
        pending = []
        # Keys that the same statement drops still count.
        before = self.old.foreign_keys if self.old is not None else ()
        number = highest_number(self.table.name, (key.name for key in before))
        for spec in specs:
            name = spec.name
            if name is None and self.scope.target.mariadb:
                name = spec.index_name
            if name is None:
                number += 1
                name = generated_name(self.table.name, number)
            key = self._make(spec, name, keys)
            keys.append(key)
            pending.append(key)
        named = partial(named_columns, target=self.scope.target)
        check_written_columns(self.table, pending, named)
        keys = [*self.table.foreign_keys, *map(self._attached, pending)]
        if self.scope.target.mariadb:
            forgotten = "NO ACTION" if self.in_place else None
            keys = [without_set_default(key, forgotten) for key in keys]
        return sort_keys(keys, self.scope.target)

    def _make(self, spec: ForeignKeySpec, name: str, others: list[ForeignKey]) -> ForeignKey:
        if len(name) > _LONGEST_NAME:
            raise refusal(er.TOO_LONG_IDENT, name)
        table, reference = self.table, spec.reference
        self._check_name(name, others)
        columns = []
        for column_name in spec.columns:
            column = table.column(column_name)
            if column is None:
                raise refusal(er.KEY_COLUMN_DOES_NOT_EXIST, column_name)
            virtual = column.generated is not None and not column.stored
            if self.in_place and virtual and not supporting_index(self.old or table, spec.columns):
                raise refusal(er.FK_NO_INDEX_CHILD, "", table.name)
            columns.append(column.name)
        if len(spec.columns) != len(reference.columns):
            raise refusal(er.WRONG_FK_DEF, name if spec.name else "foreign key without name")
        schema = reference.table.schema or table.schema
        key = ForeignKey(
            name,
            tuple(columns),
            schema,
            reference.table.name,
            reference.columns,
            reference.on_delete,
            reference.on_update,
            reference.match,
        )
        if self.scope.target.mysql:
            self._check_actions(key)
        self._check_generated(key)
        return key

    def _check_name(self, name: str, others: list[ForeignKey]) -> None:
        used = any(key.name.lower() == name.lower() for key in others)
        if not used and not self.scope.taken(self.table.schema, name):
            return
        if self.scope.target.mysql:
            raise refusal(er.FK_DUP_NAME, name)
        if not self.in_place:
            raise cannot_create(self.table.schema, self.table.name, 121)
        own = any(key.name.lower() == name.lower() for key in self.table.foreign_keys)
        raise refusal(
            er.FK_DUP_NAME if own else er.FK_FAIL_ADD_SYSTEM, f"{self.table.schema}/{name}"
        )

    def _check_actions(self, key: ForeignKey) -> None:
        mysql = self.scope.target.mysql
        if "SET DEFAULT" in (key.on_delete, key.on_update) and not self._keeps_set_default:
            raise refusal(er.CANNOT_ADD_FOREIGN)
        if "SET NULL" in (key.on_delete, key.on_update):
            for name in key.columns:
                column = self.table.column(name)
                if column is not None and not column.nullable:
                    if mysql:
                        raise refusal(er.FK_COLUMN_NOT_NULL, name, key.name)
                    raise self._malformed(key)

    @property
    def _keeps_set_default(self) -> bool:
        """InnoDB of MySQL took no SET DEFAULT before 9; MariaDB takes it, and forgets it."""
        return self.scope.target.mariadb or self.scope.target.mysql_from(9, 0)

    def _check_generated(self, key: ForeignKey) -> None:
        """Actions cannot write to generated columns, nor to what one is stored from."""
        mysql = self.scope.target.mysql
        for name in key.columns:
            column = self.table.column(name)
            if column is None or column.generated is None:
                continue
            clause = writing_clause(without_set_default(key))
            if clause is not None:
                raise refusal(
                    er.WRONG_FK_OPTION_FOR_GENERATED_COLUMN
                    if mysql
                    else er.MARIADB_WRONG_FK_OPTION_FOR_GENERATED_COLUMN,
                    clause,
                )
            if mysql and not column.stored:
                raise refusal(er.FK_CANNOT_USE_VIRTUAL_COLUMN, key.name, name)

    def _malformed(self, key: ForeignKey) -> Exception:
        if self.in_place:
            return refusal(er.FK_INCORRECT_OPTION, self.table.name, self.table.schema, key.name)
        return cannot_create(self.table.schema, self.table.name, 150)

    def _parent(self, key: ForeignKey) -> Table | None:
        if (key.schema, key.table) != (self.table.schema, self.table.name):
            return self.scope.find(key.schema, key.table)
        # MariaDB looks a parent up by name, and meets the table before its change.
        return self.old if self.old is not None and self.scope.target.mariadb else self.table

    def _supporting(self, key: ForeignKey, parent: Table) -> Index | None:
        """The index of the parent; in place one that stays, if the parent is the table itself."""
        for index in supporting_indexes(parent, key.referenced_columns):
            if not self.in_place or parent is not self.old or stays(index, self.table):
                return index
        return None

    def _attached(self, key: ForeignKey) -> ForeignKey:
        """The key as it is kept, checked against both tables."""
        mysql = self.scope.target.mysql
        if not mysql:
            self._check_actions(key)
        if self.in_place:
            key = _without_restrict(key)
        bare = supporting_index(self.table, key.columns) is None
        if not mysql and self.old is None and self._is_hidden(key):
            raise self._malformed(key)
        if bare and not self.in_place:
            raise (
                refusal(er.FK_NO_INDEX_CHILD, key.name, self.table.name)
                if mysql
                else self._malformed(key)
            )
        parent = self._parent(key)
        checked = mysql or self.scope.session.foreign_key_checks
        if parent is not None and parent.partitions is not None and not checked:
            parent = None  # MariaDB looks for a file of its name, and finds those of partitions
        if parent is not None:
            if parent.partitions is not None and mysql:
                raise refusal(er.FOREIGN_KEY_ON_PARTITIONED)
            key = self._spelled(key, parent)
            self._check_parent(key, parent)
        elif self.scope.session.foreign_key_checks:
            raise refusal(er.FK_CANNOT_OPEN_PARENT, key.table) if mysql else self._malformed(key)
        if bare:
            raise self._malformed(key)
        return key

    def _is_hidden(self, key: ForeignKey) -> bool:
        """Whether MariaDB takes a FULLTEXT key of a new table for the one that it would make."""
        own = supporting_index(self.table, key.columns)
        if own is None or not own.generated:
            return False
        texts = [index for index in self.table.indexes if index.kind == "FULLTEXT"]
        return any(same_names(index.columns[: len(key.columns)], key.columns) for index in texts)

    def _spelled(self, key: ForeignKey, parent: Table) -> ForeignKey:
        """The key with the names of the referenced columns as their table has them."""
        mysql = self.scope.target.mysql
        names = []
        for name in key.referenced_columns:
            column = parent.column(name)
            if column is None:
                raise self._missing_column(name, key)
            if mysql and column.generated is not None and not column.stored:
                raise refusal(er.FK_CANNOT_USE_VIRTUAL_COLUMN, key.name, column.name)
            names.append(column.name)
        return replace(key, referenced_columns=tuple(names))

    def _missing_column(self, name: str, key: ForeignKey) -> Exception:
        if self.scope.target.mysql:
            return refusal(er.FK_NO_COLUMN_PARENT, name, key.name, key.table)
        return (
            refusal(er.FK_NO_INDEX_PARENT, key.name, key.table)
            if self.in_place
            else self._malformed(key)
        )

    def _check_parent(self, key: ForeignKey, parent: Table) -> None:
        mysql = self.scope.target.mysql
        if parent.partitions is not None:
            raise self._malformed(key)
        if mysql:
            self._check_types(key, parent)
        supporting = self._supporting(key, parent)
        if self.scope.target.mysql_from(8, 4):
            self._check_unique(key, parent)
        if supporting is None:
            if mysql or self.in_place:
                raise refusal(er.FK_NO_INDEX_PARENT, key.name, key.table)
            raise self._malformed(key)
        if not mysql:
            self._check_types(key, parent)
            self._check_null(key, parent)

    def _check_null(self, key: ForeignKey, parent: Table) -> None:
        """MariaDB passes no NULL on to a column that takes none, unless its mode is not strict."""
        if key.on_update != "CASCADE" or not self.scope.session.strict:
            return
        for name, other in zip(key.columns, key.referenced_columns, strict=True):
            own, theirs = self.table.column(name), parent.column(other)
            if own and theirs and theirs.nullable and not own.nullable:
                raise self._malformed(key)

    def _check_unique(self, key: ForeignKey, parent: Table) -> None:
        """MySQL 8.4 wants a unique key of just the referenced columns.

        Where columns refer to themselves, it has to be another one than supports the child.
        """
        itself = parent is self.table and same_names(key.columns, key.referenced_columns)
        if not unique_parent_key(parent, key.referenced_columns, itself=itself):
            raise refusal(er.FK_NO_UNIQUE_INDEX_PARENT, key.name, key.table)

    def _check_types(self, key: ForeignKey, parent: Table) -> None:
        for name, other in zip(key.columns, key.referenced_columns, strict=True):
            own, theirs = self.table.column(name), parent.column(other)
            if own is None or theirs is None or compatible(own.type, theirs.type):
                continue
            if self.scope.target.mysql:
                raise refusal(er.FK_INCOMPATIBLE_COLUMNS, name, other, key.name)
            raise self._malformed(key)


def _without_restrict(key: ForeignKey) -> ForeignKey:
    changes = {"RESTRICT": "NO ACTION"}
    return replace(
        key,
        on_delete=changes.get(key.on_delete or "", key.on_delete),
        on_update=changes.get(key.on_update or "", key.on_update),
    )
