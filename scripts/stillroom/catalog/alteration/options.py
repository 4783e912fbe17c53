"""Apply the clauses of an ALTER TABLE on options, and CONVERT TO CHARACTER SET."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.alteration.work import Clauses
from stillroom.catalog.collations import collation_charset
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.syntax import (
    Action,
    AddColumn,
    AddElement,
    ChangeColumn,
    ConvertCharset,
    Drop,
    IndexSpec,
    Option,
    SetOptions,
)
from stillroom.catalog.tables.options import apply_options, set_collation, table_collation
from stillroom.catalog.types.strings import resolve_collation


class OptionClauses(Clauses):
    """Options and CONVERT TO CHARACTER SET, which columns depend on."""

    def apply(self) -> None:
        """Set the options of the draft, and what it converts to."""
        options: list[Option] = []
        late: list[Option] = []  # behind a CONVERT, which is stronger than what stands before it
        converts = [action for action in self.actions if isinstance(action, ConvertCharset)]
        for action in self.actions:
            if isinstance(action, SetOptions):
                options += action.options
                late += action.options
            elif isinstance(action, ConvertCharset) and not self.mariadb:
                late.clear()
        self._check_versioning()
        draft, target = self.draft, self.scope.target
        for convert in converts:
            self._check_convert(convert)
            if convert.charset != converts[0].charset:
                names = [f"CHARACTER SET {each.charset}" for each in (converts[0], convert)]
                raise refusal(er.CONFLICTING_DECLARATIONS, *names)
            self.work.converted = resolve_collation(
                convert.charset, convert.collation, draft.collation, target
            )
        default = self.work.converted or draft.collation
        set_collation(draft, table_collation(options, default, target))
        if (
            self.work.converted
            and collation_charset(self.work.converted) != draft.charset
            and target.mysql
        ):
            charsets = (f"CHARACTER SET {collation_charset(self.work.converted)}", draft.charset)
            raise refusal(er.CONFLICTING_DECLARATIONS, charsets[0], f"CHARACTER SET {charsets[1]}")
        set_collation(draft, table_collation(late, default, target))
        apply_options(draft, options, target, self.scope.statement)

    def _check_versioning(self) -> None:
        """A table with history keeps its columns, but under system_versioning_alter_history."""
        versioned = self.table.versioned
        for action in self.actions:
            column = action.column if isinstance(action, (AddColumn, ChangeColumn)) else None
            if column and column.versioned is not None and not versioned:
                raise refusal(er.MARIADB_VERS_NOT_VERSIONED, self.table.name)
            if not versioned and not isinstance(action, SetOptions):
                continue
            switched = [
                option.value == "1"
                for option in (action.options if isinstance(action, SetOptions) else ())
                if option.name == "SYSTEM VERSIONING"
            ]
            history = self.scope.session.variables.get("system_versioning_alter_history")
            if versioned and _changes_history(action):
                if str(history).upper() not in ("KEEP", "1"):
                    raise refusal(
                        er.MARIADB_VERS_ALTER_NOT_ALLOWED, self.table.schema, self.table.name
                    )
            elif switched and switched[0] == versioned:
                number = er.MARIADB_VERS_NOT_VERSIONED
                if versioned:
                    number = er.MARIADB_VERS_ALREADY_VERSIONED
                raise refusal(number, self.table.name)

    def _check_convert(self, action: ConvertCharset) -> None:
        if action.charset == "binary":
            raise self.unsupported("CONVERT TO binary is not supported", action.position)


def _changes_history(action: Action) -> bool:
    """Whether rows of the past would have to change too."""
    if isinstance(action, (AddColumn, ChangeColumn)):
        return True
    if isinstance(action, AddElement):
        return isinstance(action.element, IndexSpec) and action.element.kind in _UNIQUE
    return isinstance(action, Drop) and action.kind == "COLUMN"


_UNIQUE = ("PRIMARY", "UNIQUE")
