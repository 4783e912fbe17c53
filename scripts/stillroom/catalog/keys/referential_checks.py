"""Refuse to drop or change what foreign keys of this or another table need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NoReturn

from stillroom.catalog import error_numbers as er
from stillroom.catalog.catalog import Catalog
from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.keys.copied_rows import Rewriting, converts_values
from stillroom.catalog.keys.index_order import clustered
from stillroom.catalog.keys.supporting_indexes import (
    compatible,
    same_storage,
    stays,
    supporting_index,
    supporting_indexes,
    unique_parent_key,
)
from stillroom.catalog.messages import cannot_create, refusal
from stillroom.catalog.model import Column, ForeignKey, Index
from stillroom.catalog.parser.syntax import Action, ChangeColumn, Drop, RenameColumn, RenameIndex
from stillroom.catalog.record import replace
from stillroom.catalog.session import Session
from stillroom.catalog.table import Table
from stillroom.catalog.types.kinds import is_string


def check_drop(
    catalog: Catalog, schema: str, name: str, session: Session, together: set[tuple[str, str]]
) -> None:
    """Refuse to drop a table that others refer to, unless they are dropped with it."""
    if not session.foreign_key_checks:
        return
    for other in catalog.referring(schema, name):
        if (other.schema, other.name) in together:
            continue
        key = next(key for key in other.foreign_keys if (key.schema, key.table) == (schema, name))
        if catalog.target.mysql:
            raise refusal(er.FK_CANNOT_DROP_PARENT, name, key.name, other.name)
        raise refusal(er.ROW_IS_REFERENCED_2)


def check_new_parent(
    catalog: Catalog, table: Table, session: Session, *, renamed: bool = False
) -> None:
    """A table that foreign keys have waited for must fit them."""
    if catalog.target.mariadb and not renamed and not session.foreign_key_checks:
        return
    # A table renamed to what its own keys have waited for refers to itself.
    others = [*catalog.referring(table.schema, table.name), *([table] if renamed else [])]
    for other in others:
        for key in other.foreign_keys:
            if (key.schema, key.table) != (table.schema, table.name):
                continue
            try:
                _check_waiting(catalog, table, other, key, session)
            except DDLError as error:
                if renamed and error.number == er.CANT_CREATE_TABLE:
                    raise refusal(er.ERROR_ON_RENAME, table.schema, table.name) from None
                raise


def _check_waiting(
    catalog: Catalog, table: Table, child: Table, key: ForeignKey, session: Session
) -> None:
    mysql = catalog.target.mysql
    if mysql and table.partitions is not None:
        raise refusal(er.FOREIGN_KEY_ON_PARTITIONED)
    for name, other in zip(key.columns, key.referenced_columns, strict=True):
        own, theirs = child.column(name), table.column(other)
        if theirs is None:
            raise (
                refusal(er.FK_NO_COLUMN_PARENT, other, key.name, table.name)
                if mysql
                else _malformed(table)
            )
        if own is not None and not compatible(own.type, theirs.type):
            if not mysql:
                raise _malformed(table)
            if session.foreign_key_checks:  # InnoDB comes first, and has one error for all
                raise refusal(er.CANNOT_ADD_FOREIGN)
            raise refusal(er.FK_INCOMPATIBLE_COLUMNS, name, other, key.name)
    if supporting_index(table, key.referenced_columns) is None:
        raise refusal(er.FK_NO_INDEX_PARENT, key.name, table.name) if mysql else _malformed(table)
    itself = child is table and key.columns == key.referenced_columns
    if catalog.target.mysql_from(8, 4) and not unique_parent_key(
        table, key.referenced_columns, itself=itself
    ):
        raise refusal(er.FK_NO_UNIQUE_INDEX_PARENT, key.name, table.name)


def _malformed(table: Table) -> Exception:
    return cannot_create(table.schema, table.name, 150)


def check_alteration(
    catalog: Catalog,
    old: Table,
    new: Table,
    actions: Sequence[Action],
    session: Session,
    statement: str,
) -> Catalog:
    """Refuse what foreign keys forbid; let referring tables follow renamed columns."""
    if old.temporary:
        return catalog
    if new.partitions and not old.partitions and catalog.referring(old.schema, old.name):
        mysql = catalog.target.mysql
        raise refusal(er.FOREIGN_KEY_ON_PARTITIONED if mysql else er.ROW_IS_REFERENCED)
    check = _Alteration(catalog, old, new, actions, session, statement)
    if catalog.target.mysql:
        check.own_columns()
    catalog = check.referring_tables()
    check.own_keys()
    check.new_keys()
    check.copied_names()
    return catalog


class _Alteration:
    def __init__(
        self,
        catalog: Catalog,
        old: Table,
        new: Table,
        actions: Sequence[Action],
        session: Session,
        statement: str,
    ) -> None:
        self.catalog = catalog
        self.old = old
        self.new = new
        self.actions = actions
        self.session = session
        self.statement = statement
        self.mysql = catalog.target.mysql
        self.names: dict[str, str] = {}
        self.dropped: set[str] = set()
        for action in actions:
            if isinstance(action, RenameColumn):
                self.names[action.old_name.lower()] = action.new_name
            elif isinstance(action, ChangeColumn):
                self.names[action.old_name.lower()] = action.column.name
            elif isinstance(action, Drop) and action.kind == "COLUMN":
                self.dropped.add(action.name.lower())

    def _new_name(self, name: str) -> str:
        return self.names.get(name.lower(), name)

    def _kept_keys(self) -> list[ForeignKey]:
        kept = {key.name.lower() for key in self.new.foreign_keys}
        return [key for key in self.old.foreign_keys if key.name.lower() in kept]

    def own_columns(self) -> None:
        """Columns of the altered table's own keys are not dropped."""
        for key in self._kept_keys():
            for name in key.columns:
                if name.lower() in self.dropped:
                    self._refuse_column(name, key, None)

    def own_keys(self) -> None:
        """Keys of the altered table that were there before."""
        self.own_columns()
        for key in self._kept_keys():
            self._check_fit(key)
            self._check_changes(key, key.columns, None)
            columns = [self._new_name(name) for name in key.columns]
            self._check_index(columns)
            self._check_virtual(key)

    def _check_fit(self, key: ForeignKey) -> None:
        """MariaDB loses a key without a word whose parent came, without checks, as a misfit."""
        parent = self.catalog.find(key.schema, key.table)
        if self.mysql or parent is None or parent is self.old:
            return
        try:
            _check_waiting(self.catalog, parent, self.old, key, self.session)
        except DDLError as error:
            reason = f"the foreign key {key.name} does not fit the table {key.table} it refers to"
            raise Unsupported(self.statement, 0, reason) from error

    def _check_virtual(self, key: ForeignKey) -> None:
        """In place MariaDB does not replace the index of a foreign key on a virtual column."""
        columns = [self.old.column(name) for name in key.columns]
        if self.mysql or not any(column and _virtual(column) for column in columns):
            return
        if not self.session.foreign_key_checks or self._rewriting.copies:
            return
        indexes = supporting_indexes(self.old, key.columns)
        if indexes and not any(map(self._stays, indexes)):
            raise refusal(er.DROP_INDEX_FK, indexes[0].name)

    def _stays(self, index: Index) -> bool:
        """Whether an index is left, if under another name."""
        for action in self.actions:
            if isinstance(action, RenameIndex) and action.old_name.lower() == index.name.lower():
                return True
            if isinstance(action, Drop) and action.name.lower() == index.name.lower():
                break
        else:
            return self.new.index(index.name) is not None
        return not index.generated and stays(index, self.new)

    def _refuse_column(self, name: str, key: ForeignKey, child: Table | None) -> NoReturn:
        """MariaDB misses the index first, where it does not copy the table."""
        index = supporting_index(self.old, key.referenced_columns if child else key.columns)
        if not self.mysql and index is not None and not self._rewriting.copies:
            raise refusal(er.DROP_INDEX_FK, index.name)
        if child is None:
            raise refusal(er.FK_COLUMN_CANNOT_DROP, name, key.name)
        raise refusal(
            er.FK_COLUMN_CANNOT_DROP_CHILD, name, key.name, f"{child.schema}.{child.name}"
        )

    def _check_index(self, columns: list[str]) -> None:
        if supporting_index(self.new, columns) is not None:
            return
        if not self.mysql and not self.session.foreign_key_checks:
            # Where the table is copied, the server loses the foreign key without a word.
            reason = (
                "dropping the index of a foreign key without foreign_key_checks is not supported"
            )
            raise Unsupported(self.statement, 0, reason)
        if not self.mysql and len(self.actions) > 1 and self._drops_primary():
            reason = (
                "dropping the primary key that a foreign key uses, among other clauses,"
                " is not supported"
            )
            raise Unsupported(self.statement, 0, reason)
        if not self.mysql and self._loses_order():
            reason = "replacing the clustered key that a foreign key uses is not supported"
            raise Unsupported(self.statement, 0, reason)
        if not self.mysql and self._rewriting.copies:
            self._refuse_at_the_end()
        self._refuse_drop(columns)

    def _refuse_at_the_end(self) -> NoReturn:
        """MariaDB refuses, and yet a foreign key that the statement drops is gone."""
        left = {key.name for key in self.new.foreign_keys}
        if any(key.name not in left for key in self.old.foreign_keys):
            reason = (
                "a foreign key that MariaDB drops although it refuses the statement is not"
                " supported"
            )
            raise Unsupported(self.statement, 0, reason)
        raise refusal(er.ERROR_ON_RENAME, self.new.schema, self.new.name)

    def _refuse_drop(self, columns: Sequence[str]) -> NoReturn:
        """Error 1553 with the name of the index that is missed."""
        for action in self.actions:
            if isinstance(action, Drop) and action.kind in ("INDEX", "PRIMARY KEY", "CONSTRAINT"):
                index = self.old.index(action.name)
                if index is not None and index in supporting_indexes(self.old, columns):
                    raise refusal(er.DROP_INDEX_FK, index.name)
        index = supporting_index(self.old, columns)
        raise refusal(er.DROP_INDEX_FK, index.name if index else columns[0])

    def _loses_order(self) -> bool:
        """Whether rows are to be kept by another key than the one that goes.

        MariaDB then does not look whether a foreign key needs that one.
        """
        old, new = clustered(self.old), clustered(self.new)
        return old is not None and new is not None and not stays(old, self.new)

    def _drops_primary(self) -> bool:
        return any(isinstance(a, Drop) and a.kind == "PRIMARY KEY" for a in self.actions)

    def new_keys(self) -> None:
        """A new key of the table on itself, whose index the same statement takes away."""
        if self.mysql or not self.session.foreign_key_checks:
            return
        own = (self.new.schema, self.new.name)
        for key in self.new.foreign_keys:
            if (key.schema, key.table) == own and not self._fits_itself(key):
                self._refuse_at_the_end()

    def copied_names(self) -> None:
        """A column of a foreign key takes another name only where no rows are copied."""
        own = (self.old.schema, self.old.name)
        kept = self._kept_keys()
        names = {name for key in kept for name in key.columns}
        others = [key for child in self.catalog.referring(*own) for key in child.foreign_keys]
        for key in (*kept, *others):
            if (key.schema, key.table) == own:
                names.update(key.referenced_columns)
        changed = {name: new for name in names if (new := self._new_name(name)) != name}
        if not changed:
            return
        respelled = all(name.lower() == new.lower() for name, new in changed.items())
        if not self._rewriting.copies:
            self._rewriting.check_renames()
        elif not respelled:
            raise _renamed_by_copy()
        elif not self.mysql:
            reason = (
                "letters of another case in a foreign key, among such clauses, are not supported"
            )
            raise Unsupported(self.statement, 0, reason)

    def _fits_itself(self, key: ForeignKey) -> bool:
        columns = zip(key.columns, key.referenced_columns, strict=True)
        pairs = [(self.new.column(column), self.new.column(other)) for column, other in columns]
        return supporting_index(self.new, key.referenced_columns) is not None and all(
            one is None or other is None or compatible(one.type, other.type) for one, other in pairs
        )

    def _check_changes(self, key: ForeignKey, columns: Sequence[str], child: Table | None) -> None:
        """Changed types of the columns of a key, on either side."""
        for place, name in enumerate(columns):
            old, new = self.old.column(name), self.new.column(self._new_name(name))
            if old is None or new is None:
                continue
            self._check_null(key, place, (old, new), child)
            sets_null = "SET NULL" in (key.on_delete, key.on_update)
            if child is None and sets_null and old.nullable and not new.nullable:
                raise (
                    refusal(er.FK_COLUMN_NOT_NULL, name, key.name)
                    if self.mysql
                    else refusal(er.FK_COLUMN_CANNOT_CHANGE, name, key.name)
                )
            gets_not_null = self.session.foreign_key_checks and old.nullable and not new.nullable
            if self.mysql and gets_not_null and self._rewriting.copies:
                raise self._cannot_change(key, old, child)
            if same_storage(old, new) and (
                not self.mysql or old.auto_increment == new.auto_increment
            ):
                continue
            self._check_type(key, place, old, new, child)

    def _check_null(
        self, key: ForeignKey, place: int, columns: tuple[Column, Column], child: Table | None
    ) -> None:
        """ON UPDATE CASCADE of MariaDB would pass NULL on to a column that takes none."""
        old, new = columns
        passes = key.on_update == "CASCADE" and not self.mysql and self.session.strict
        if not passes or old.nullable == new.nullable:
            return
        if child is None:
            parent = self.catalog.find(key.schema, key.table)
            other = parent.column(key.referenced_columns[place]) if parent else None
            if other is not None and other.nullable and not new.nullable:
                raise refusal(er.FK_COLUMN_NOT_NULL, old.name, key.name)
            return
        other = child.column(key.columns[place])
        if other is not None and not other.nullable and new.nullable:
            raise refusal(
                er.FK_COLUMN_CANNOT_CHANGE_CHILD, old.name, key.name, f"{child.schema}.{child.name}"
            )

    def _check_type(
        self, key: ForeignKey, place: int, old: Column, new: Column, child: Table | None
    ) -> None:
        if self.mysql:
            self._check_mysql_type(key, place, new, child)
            if not self.session.foreign_key_checks:
                return
        same_order = old.type.collation == new.type.collation
        may_stay = self.mysql or (bool(old.type.values) and same_order)
        if may_stay and not converts_values(old, new, self.old, sorts=False):
            return
        raise self._cannot_change(key, old, child)

    def _cannot_change(self, key: ForeignKey, column: Column, child: Table | None) -> DDLError:
        if child is None:
            return refusal(er.FK_COLUMN_CANNOT_CHANGE, column.name, key.name)
        name = f"{child.schema}.{child.name}"
        return refusal(er.FK_COLUMN_CANNOT_CHANGE_CHILD, column.name, key.name, name)

    @cached_property
    def _rewriting(self) -> Rewriting:
        checks = self.session.foreign_key_checks
        return Rewriting(self.old, self.new, self.names, checks, self.statement)

    def _check_mysql_type(
        self, key: ForeignKey, place: int, new: Column, child: Table | None
    ) -> None:
        if child is None:
            parent = self.catalog.find(key.schema, key.table)
            if (key.schema, key.table) == (self.old.schema, self.old.name):
                parent = self.new
            other = parent.column(key.referenced_columns[place]) if parent else None
            names = (new.name, key.referenced_columns[place])
        else:
            same = (child.schema, child.name) == (self.old.schema, self.old.name)
            name = self._new_name(key.columns[place]) if same else key.columns[place]
            other = (self.new if same else child).column(name)
            names = (key.columns[place], new.name)
        if other is None or compatible(other.type, new.type):
            return
        strings = is_string(other.type) and is_string(new.type)
        if not (strings and not self.session.foreign_key_checks):  # then of any character set
            raise refusal(er.FK_INCOMPATIBLE_COLUMNS, *names, key.name)

    def referring_tables(self) -> Catalog:
        """Tables whose keys refer to the altered one."""
        catalog = self.catalog
        own = (self.old.schema, self.old.name)
        kept = self._kept_keys()
        for key in self.old.foreign_keys:
            if (key.schema, key.table) == own and key not in kept:
                self._check_leaving(key)
        for key in kept:
            if (key.schema, key.table) == own:
                self._check_referring(key, self.old)
        for child in catalog.referring(*own):
            keys = []
            for key in child.foreign_keys:
                if (key.schema, key.table) == own:
                    self._check_referring(key, child)
                    names = tuple(self._new_name(name) for name in key.referenced_columns)
                    keys.append(replace(key, referenced_columns=names))
                else:
                    keys.append(key)
            if tuple(keys) != child.foreign_keys:
                catalog = catalog.with_table(replace(child, foreign_keys=tuple(keys)))
        return catalog

    def _check_leaving(self, key: ForeignKey) -> None:
        """In place MariaDB misses the parent's index even of a key on itself that goes along."""
        if self.mysql or not self.session.foreign_key_checks:
            return
        if self._rewriting.copies:
            return
        columns = [self._new_name(name) for name in key.referenced_columns]
        if supporting_index(self.new, columns) is None:
            self._refuse_drop(key.referenced_columns)

    def _check_referring(self, key: ForeignKey, child: Table) -> None:
        for name in key.referenced_columns:
            if name.lower() in self.dropped:
                self._refuse_column(name, key, child)
        self._check_changes(key, key.referenced_columns, child)
        columns = [self._new_name(name) for name in key.referenced_columns]
        self._check_index(columns)
        if self.catalog.target.mysql_from(8, 4):
            itself = child is self.old and key.columns == key.referenced_columns
            if not unique_parent_key(self.new, columns, itself=itself):
                self._refuse_drop(columns)


def _renamed_by_copy() -> DDLError:
    reason = "Columns participating in a foreign key are renamed"
    return refusal(er.ALTER_OPERATION_NOT_SUPPORTED_REASON, "COPY", reason, "INPLACE")


def _virtual(column: Column) -> bool:
    return column.generated is not None and not column.stored
