"""Apply what renamed and dropped columns mean for keys, checks and generated columns."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.alteration.work import Clauses
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Check, Column, Index
from stillroom.catalog.parser.syntax import ChangeColumn, Drop, RenameColumn
from stillroom.catalog.record import replace
from stillroom.catalog.table_expressions import named_columns, renamed
from stillroom.catalog.tables.draft import DraftColumn

_CLAUSES = {"generated": "GENERATED ALWAYS AS", "check": "CHECK", "default": "DEFAULT"}


class Followers(Clauses):
    """Checks, keys and expressions that name columns which are renamed or dropped."""

    def check_names(self) -> None:
        """MySQL begins with the checks that name a column which is to go or to be renamed."""
        gone, renamed_columns, dropped = set(), set(), set()
        for action in self.actions:
            match action:
                case Drop(kind="COLUMN"):
                    gone.add(action.name.lower())
                case Drop(kind="CHECK" | "CONSTRAINT"):
                    dropped.add(action.name.lower())
                case RenameColumn(old_name=old, new_name=new) if old.lower() != new.lower():
                    renamed_columns.add(old.lower())
                case ChangeColumn(old_name=old) if old.lower() != action.column.name.lower():
                    renamed_columns.add(old.lower())
        for check in self.table.checks:
            if check.name.lower() in dropped:
                continue
            used = named_columns(check.expression, self.scope.target)
            lost = (used & gone) if len(used) > 1 else set()  # else the check goes with its column
            if lost or used & renamed_columns:
                raise refusal(
                    er.DEPENDENT_BY_CHECK_CONSTRAINT, check.name, min(lost | used & renamed_columns)
                )

    def apply(self) -> None:
        """Follow renamed and dropped columns into expressions."""
        alive = {part.old_name.lower() for part in self.draft.columns if part.old_name}
        self.gone = {column.name.lower() for column in self.table.columns} - alive
        names = self.work.new_names
        if not self.gone and not names and not self._drops_hidden_column():
            return
        partitions = self.draft.partitions
        cut_by = {name.lower() for name in partitions.columns} if partitions else set()
        if cut_by & (self.gone | set(names)):
            raise self.unsupported(
                "changing a column that the table is partitioned by is not supported"
            )
        self.draft.checks = [check for check in map(self._followed, self.draft.checks) if check]
        if not self.mariadb:
            self._refuse_dependents()
        for part in self.draft.columns:
            part.column = self._column_followed(part)
        self.draft.indexes = [self._index_followed(index) for index in self.draft.indexes]
        self.draft.foreign_keys = [
            replace(
                key,
                columns=tuple(self.work.new_names.get(name.lower(), name) for name in key.columns),
                referenced_columns=tuple(
                    self.work.new_names.get(name.lower(), name) for name in key.referenced_columns
                )
                if (key.schema, key.table) == (self.table.schema, self.table.name)
                else key.referenced_columns,
            )
            for key in self.draft.foreign_keys
        ]

    def _drops_hidden_column(self) -> bool:
        """Whether an index on an expression is dropped, and so the column that MySQL has for it."""
        indexes = (
            self.table.index(action.name)
            for action in self.actions
            if isinstance(action, Drop) and action.kind == "INDEX"
        )
        return any(part.expression for index in indexes if index for part in index.parts)

    def _followed(self, check: Check) -> Check | None:
        """The check afterwards; None if it goes with its column."""
        used = named_columns(check.expression, self.scope.target)
        if not used and (self.gone or self._drops_hidden_column()):
            return None  # a constant condition goes with the first column that is dropped
        if used & self.gone:
            if self._with_sources(used) <= self.gone:
                return None
            raise refusal(er.BAD_FIELD_ERROR, min(used & self.gone), "CHECK")
        if not self.mariadb:  # a name in letters of another case leaves it as it is
            return check
        return replace(check, expression=self._respelled(check.expression))

    def _with_sources(self, names: frozenset[str]) -> frozenset[str]:
        """The columns and, for MariaDB, those that they are generated from."""
        if not self.mariadb:
            return names
        sources = [column.generated for name, column in self.table.by_name.items() if name in names]
        sources_too = names.union(
            *(named_columns(text, self.scope.target) for text in sources if text)
        )
        return sources_too if sources_too == names else self._with_sources(sources_too)

    def _refuse_dependents(self) -> None:
        """MySQL neither drops nor renames a column that is computed with."""
        kept = [part for part in self.draft.columns if part.spec is None]
        keys = [
            part for index in self.draft.indexes for part in index.parts if part.written is None
        ]
        for name in self.table.by_name:
            if name not in self.gone and name not in self._renamed():
                continue
            for part in kept:
                if self._names(part.column.generated, name):
                    raise refusal(er.DEPENDENT_BY_GENERATED_COLUMN, name)
                if self._names(_default(part), name):
                    raise refusal(er.DEPENDENT_BY_DEFAULT_GENERATED_VALUE, name, self.table.name)
            if any(self._names(key.expression, name) for key in keys):
                raise refusal(er.DEPENDENT_BY_FUNCTIONAL_INDEX, name)

    def _renamed(self) -> set[str]:
        """What MySQL takes for renamed: CHANGE may write a name in letters of another case."""
        return {
            name
            for name, new in self.work.new_names.items()
            if new.lower() != name or name not in self.work.changed
        }

    def _names(self, expression: str | None, name: str) -> bool:
        return bool(expression) and name in named_columns(expression or "", self.scope.target)

    def _respelled(self, expression: str) -> str:
        return renamed(expression, self.work.new_names, self.scope.target)

    def _column_followed(self, part: DraftColumn) -> Column:
        column = part.column
        if part.spec is not None:
            return column
        changes: dict[str, str] = {}
        texts = {"generated": column.generated, "check": column.check, "default": _default(part)}
        for usage, text in texts.items():
            if not text:
                continue
            # MariaDB reads it again, and takes another column of the name.
            lost = (named_columns(text, self.scope.target) & self.gone) - self._new_columns()
            if lost:
                raise refusal(er.BAD_FIELD_ERROR, min(lost), _CLAUSES[usage])
            changes[usage] = self._respelled(text)
        return replace(column, **changes) if changes else column  # type: ignore[arg-type]

    def _new_columns(self) -> set[str]:
        return {part.column.name.lower() for part in self.draft.columns}

    def _index_followed(self, index: Index) -> Index:
        parts = tuple(
            replace(part, expression=self._respelled(part.expression))
            if part.expression is not None and part.written is None
            else part
            for part in index.parts
        )
        return replace(index, parts=parts)


def _default(part: DraftColumn) -> str | None:
    """The default that was there before the statement, if it is an expression."""
    column = part.column
    return column.default if column.default_is_expression and part.new_default is None else None
