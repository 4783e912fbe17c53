"""Apply the clauses of an ALTER TABLE that add, change, move and drop columns."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.alteration.work import Clauses, Work
from stillroom.catalog.collations import collation_charset
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.messages import cannot_drop, refusal
from stillroom.catalog.model import Column
from stillroom.catalog.parser.syntax import (
    AddColumn,
    AlterColumn,
    ChangeColumn,
    ColumnSpec,
    Drop,
    Literal,
    Raw,
    RenameColumn,
    Value,
)
from stillroom.catalog.record import replace
from stillroom.catalog.tables.columns import set_default
from stillroom.catalog.tables.draft import DraftColumn, draft_column
from stillroom.catalog.types.casts import castable
from stillroom.catalog.types.kinds import is_blob, is_string
from stillroom.catalog.types.strings import converted


class ColumnClauses(Clauses):
    """ADD, CHANGE, MODIFY, RENAME, ALTER and DROP COLUMN."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self.missing_columns: list[str] = []  # to be dropped, but not there

    def apply(self) -> None:  # noqa: C901 - one branch per case
        """Put the columns, changed and moved, into the draft."""
        changes: dict[str, ChangeColumn | RenameColumn] = {}
        alters: dict[str, list[AlterColumn]] = {}
        added: set[str] = set()
        for action in self.actions:
            if isinstance(action, AddColumn):
                added.add(action.column.name.lower())
            elif isinstance(action, (ChangeColumn, RenameColumn)):
                folded = action.old_name.lower()
                self._check_added(action, added)
                if self.table.column(folded) is None:
                    raise refusal(er.BAD_FIELD_ERROR, action.old_name, self.table.name)
                if folded in changes:
                    raise self.unsupported(
                        "a column that is changed twice is not supported", action.position
                    )
                changes[folded] = action
            elif isinstance(action, AlterColumn):
                alters.setdefault(action.name.lower(), []).append(action)
        dropped = self._dropped_columns(changes)
        self._check_alters(alters, changes, dropped)
        moved: dict[int, DraftColumn] = {}  # by the identity of the clause
        columns = self.draft.columns
        for column in self.table.columns:
            folded = column.name.lower()
            if folded in dropped:
                continue
            change = changes.get(folded)
            part = self._kept(column, change, alters.get(folded, []))
            columns.append(part)
            if isinstance(change, ChangeColumn) and (change.first or change.after):
                moved[id(change)] = part
        self._place_columns(moved)
        if not columns:
            raise refusal(er.CANT_REMOVE_ALL_FIELDS)
        if self.missing_columns:
            raise cannot_drop(self.scope.target, "COLUMN", self.missing_columns[0])

    def _check_added(self, action: ChangeColumn | RenameColumn, added: set[str]) -> None:
        """MariaDB takes a column changed to the name of an added one for another definition."""
        if not self.mariadb or isinstance(action, RenameColumn):
            return
        if action.column.name.lower() in added:
            raise self.unsupported(
                "a column that is added and changed in one statement is not supported",
                action.position,
            )

    def _check_alters(
        self,
        alters: dict[str, list[AlterColumn]],
        changes: dict[str, ChangeColumn | RenameColumn],
        dropped: set[str],
    ) -> None:
        """ALTER COLUMN takes columns that stay as they are; MariaDB also added and moved ones."""
        left = {column.name.lower() for column in self.table.columns} - dropped - set(changes)
        if self.mariadb:
            left |= {
                action.column.name.lower()
                for action in self.actions
                if isinstance(action, AddColumn)
                or (isinstance(action, ChangeColumn) and (action.first or action.after))
            }
        for folded, actions in alters.items():
            if self.mariadb and folded in changes and folded in left:
                self._check_key_default(actions[0])
            if folded not in left or len(actions) > 1:
                raise refusal(er.BAD_FIELD_ERROR, actions[0].name, self.table.name)

    def _check_key_default(self, alter: AlterColumn) -> None:
        """A column of the primary key takes no DEFAULT NULL, not even one that is moved."""
        primary = self.table.primary_key
        keyed = primary is not None and alter.name.lower() in map(str.lower, primary.columns)
        if keyed and isinstance(alter.default, Literal) and alter.default.kind == "null":
            raise refusal(er.INVALID_DEFAULT, alter.name)

    def _dropped_columns(self, changes: dict[str, ChangeColumn | RenameColumn]) -> set[str]:
        dropped: set[str] = set()
        for action in self.actions:
            if isinstance(action, Drop) and action.kind == "COLUMN":
                folded = action.name.lower()
                if self.table.column(folded) is None or folded in dropped:
                    self.missing_columns.append(action.name)
                    continue
                if folded in changes:
                    raise refusal(er.BAD_FIELD_ERROR, action.name, self.table.name)
                dropped.add(folded)
        return dropped

    def _kept(
        self,
        column: Column,
        change: ChangeColumn | RenameColumn | None,
        alters: list[AlterColumn],
    ) -> DraftColumn:
        """A column that stays, redefined or as it was."""
        if isinstance(change, ChangeColumn):
            part = draft_column(change.column, self.draft.collation, self.scope)
            part.old_name = column.name
            self.work.changed.add(column.name.lower())
            self._check_generated(column, part.column)
            self._check_cast(column, part.column)
            self._check_reference_system(column, part.column)
            if change.column.name != column.name:
                self.work.new_names[column.name.lower()] = change.column.name
            part.column = self._converted_definition(part.column, change.column)
        else:
            part = DraftColumn(self._converted(column), old_name=column.name)
            if isinstance(change, RenameColumn):
                self.work.new_names[column.name.lower()] = change.new_name
                part.column = replace(part.column, name=change.new_name)
        for alter in alters:
            self._alter(part, alter)
        return part

    def _converted_definition(self, column: Column, spec: ColumnSpec) -> Column:
        """A column that the same statement defines and converts."""
        if not self.work.converted:
            return column
        # MySQL takes even a BLOB of that length for another.
        if is_blob(column.type) and (is_string(column.type) or not self.mariadb):
            raise self.unsupported(
                "a text column that is defined and converted in one statement is not supported",
                spec.position,
            )
        if not is_string(column.type):
            return column
        converted_column = self._converted(column)
        if spec.type.binary and spec.type.collation is None:
            charset = collation_charset(self.work.converted)
            kind = replace(converted_column.type, collation=f"{charset}_bin")
            return replace(converted_column, type=kind)
        return converted_column

    def _check_generated(self, old: Column, new: Column) -> None:
        """A column can neither become virtual nor cease to be."""
        virtual = [column.generated is not None and not column.stored for column in (old, new)]
        if virtual[0] == virtual[1]:
            return
        if self.mariadb:
            raise refusal(er.MARIADB_UNSUPPORTED_ACTION_ON_GENERATED_COLUMN)
        raise refusal(er.UNSUPPORTED_ACTION_ON_GENERATED_COLUMN, "Changing the STORED status")

    def _check_reference_system(self, old: Column, new: Column) -> None:
        """MySQL keeps the SRID of a column while it has a SPATIAL index, even one that goes."""
        if self.mariadb or old.type.srid == new.type.srid:
            return
        if any(
            index.kind == "SPATIAL" and old.name in index.columns for index in self.table.indexes
        ):
            raise refusal(er.CANNOT_ALTER_SRID_DUE_TO_INDEX, old.name)

    def _check_cast(self, old: Column, new: Column) -> None:
        """Some types of MariaDB become nothing but text or bytes, and nothing else them.

        What a column is computed to be from now on is no such change.
        """
        calculated = new.generated is not None and (old.generated is not None or new.stored)
        if self.mariadb and not calculated and not castable(old.type, new.type, self.scope.target):
            raise refusal(
                er.MARIADB_CANNOT_CAST, old.type.name, new.type.name, self.table.name, new.name
            )

    def _converted(self, column: Column) -> Column:
        """The column under CONVERT TO CHARACTER SET, if the statement has that clause."""
        if not self.work.converted or not is_string(column.type):
            return column
        kind = converted(column.type, self.work.converted)
        if kind.name == "varchar" and type_bytes(kind) > 65535:
            raise refusal(
                er.TOO_BIG_FIELDLENGTH,
                column.name,
                65535 // (type_bytes(kind) // (kind.length or 1)),
            )
        return replace(column, type=kind)

    def _alter_added(self, part: DraftColumn) -> None:
        for action in self.actions:
            if isinstance(action, AlterColumn) and (
                action.name.lower() == part.column.name.lower()
            ):
                self._alter(part, action)

    def _alter(self, part: DraftColumn, alter: AlterColumn) -> None:
        if alter.invisible is not None:
            part.column = replace(part.column, invisible=alter.invisible)
        elif alter.default is None:
            part.column = self._without_default(part)
        else:
            if part.column.generated is not None:
                self._default_of_generated(alter)
                return
            scope = self.scope.columns(self.draft.collation)
            if self.mariadb:
                part.column = replace(part.column, on_update=None)
            part.column = set_default(part.column, alter.default, scope, altered=True)
            if isinstance(alter.default, Raw):
                part.new_default = alter.default
            part.null_default = _is_null(alter.default)

    def _default_of_generated(self, alter: AlterColumn) -> None:
        if not self.mariadb:
            raise refusal(er.WRONG_USAGE, "DEFAULT and generated column")
        if not _is_null(alter.default):
            raise self.unsupported(
                "a default of a generated column is not supported", alter.position
            )

    def _without_default(self, part: DraftColumn) -> Column:
        """DROP DEFAULT. MariaDB forgets ON UPDATE, too, and falls back to NULL in old columns."""
        column = replace(part.column, default=None, default_is_expression=False)
        if not self.mariadb:
            return column
        old = part.spec is None and column.nullable and column.generated is None
        default = "NULL" if old else None
        return replace(column, default=default, on_update=None)

    def _place_columns(self, moved: dict[int, DraftColumn]) -> None:
        """Add and move columns, in the order of the clauses."""
        for action in self.actions:
            if isinstance(action, AddColumn):
                part = draft_column(action.column, self.draft.collation, self.scope)
                part.column = self._converted_definition(part.column, action.column)
                if self.mariadb:
                    self._alter_added(part)
                self._place(part, action)
            elif id(action) in moved and isinstance(action, ChangeColumn):
                part = moved[id(action)]
                self.draft.columns.remove(part)
                self._place(part, action)

    def _place(self, part: DraftColumn, action: ChangeColumn | AddColumn) -> None:
        columns = self.draft.columns
        if action.first:
            columns.insert(0, part)
        elif action.after is None:
            columns.append(part)
        else:
            folded = action.after.lower()
            for place, other in enumerate(columns):
                if other.column.name.lower() == folded:
                    columns.insert(place + 1, part)
                    return
            raise refusal(er.BAD_FIELD_ERROR, action.after, self.table.name)


def _is_null(default: Value | None) -> bool:
    return isinstance(default, Literal) and default.kind == "null"
