"""What follows renamed and dropped columns."""

from __future__ import annotations

from stillroom.catalog.alteration.work import Clauses
from stillroom.catalog.assembly import (
    DraftColumn,
)
from stillroom.catalog.formulas import named_columns, renamed
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Check, Column
from stillroom.catalog.record import replace


class Followers(Clauses):
    """Checks, keys and expressions that name columns which are renamed or dropped."""

    def apply(self) -> None:
        """Follow renamed and dropped columns into expressions."""
        alive = {part.old_name.lower() for part in self.draft.columns if part.old_name}
        gone = {column.name.lower() for column in self.table.columns} - alive
        if not gone and not self.work.new_names:
            return
        partitions = self.draft.partitions
        cut_by = {name.lower() for name in partitions.columns} if partitions else set()
        if cut_by & (gone | set(self.work.new_names)):
            raise self.unsupported("changing a column of the partitioning")
        self.draft.checks = [
            check for check in (self._followed(c, gone) for c in self.draft.checks) if check
        ]
        for part in self.draft.columns:
            part.column = self._column_followed(part, gone)
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

    def _followed(self, check: Check, gone: set[str]) -> Check | None:
        used = named_columns(check.expression, self.scope.target)
        if gone and not used:
            return None  # a constant condition goes with the first column that is dropped
        if used & gone:
            if used <= gone:
                return None
            if self.mariadb:
                raise refusal(1054, min(used & gone), "CHECK")
            raise refusal(3959, check.name, min(used & gone))
        if used & set(self.work.new_names):
            if not self.mariadb:
                raise refusal(3959, check.name, min(used & set(self.work.new_names)))
            text = renamed(check.expression, self.work.new_names, self.scope.target)
            return replace(check, expression=text)
        return check

    def _column_followed(self, part: DraftColumn, gone: set[str]) -> Column:
        column = part.column
        if part.spec is not None:
            return column
        changes: dict[str, str] = {}
        texts = {"generated": column.generated, "check": column.check}
        if column.default_is_expression:
            texts["default"] = column.default
        for name, text in texts.items():
            if not text:
                continue
            used = named_columns(text, self.scope.target)
            if used & gone:
                self._refuse_gone(name, min(used & gone), column)
            if used & set(self.work.new_names):
                if not self.mariadb:
                    self._refuse_gone(name, min(used & set(self.work.new_names)), column)
                changes[name] = renamed(text, self.work.new_names, self.scope.target)
        return replace(column, **changes) if changes else column  # type: ignore[arg-type]

    def _refuse_gone(self, usage: str, name: str, column: Column) -> None:
        if self.mariadb:
            clause = {"generated": "GENERATED ALWAYS AS", "check": "CHECK", "default": "DEFAULT"}
            raise refusal(1054, name, clause[usage])
        if usage == "generated":
            raise refusal(3108, name)
        raise refusal(3766, name, self.table.name)
