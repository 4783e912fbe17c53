"""Apply the clauses of an ALTER TABLE on indexes."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.alteration.constraints import constraint_kind
from stillroom.catalog.alteration.work import Clauses
from stillroom.catalog.keys.foreign_key_names import generated_index
from stillroom.catalog.keys.index_limits import character_bytes, type_bytes
from stillroom.catalog.keys.index_order import clustered
from stillroom.catalog.keys.indexes import from_spec
from stillroom.catalog.messages import cannot_drop, refusal
from stillroom.catalog.model import Column, DataType, Index, KeyPart
from stillroom.catalog.parser.syntax import (
    AddColumn,
    AddElement,
    AlterIndex,
    ChangeColumn,
    CheckSpec,
    Drop,
    ForeignKeySpec,
    IndexSpec,
    RenameIndex,
)
from stillroom.catalog.record import replace
from stillroom.catalog.tables.creation import add_column_parts, key_scope
from stillroom.catalog.tables.draft import DraftColumn
from stillroom.catalog.types.kinds import is_blob, is_string


class KeyClauses(Clauses):
    """ADD, DROP, RENAME and ALTER INDEX; columns have been altered before."""

    def apply(self) -> None:
        """Drop, rename and add keys in the draft."""
        dropped = self._dropped_indexes()
        kept = {part.old_name.lower(): part for part in self.draft.columns if part.old_name}
        renames = self._index_renames(dropped, kept)
        hidden = self._hidden(dropped, renames)
        for index in self.table.indexes:
            folded = index.name.lower()
            if folded in dropped:
                continue
            mapped = self._mapped(index, kept)
            if mapped is None:
                if folded in hidden or (folded in renames and not self.mariadb):
                    raise refusal(er.KEY_DOES_NOT_EXIST, index.name, self.table.name)
                continue
            if folded in renames:
                mapped = replace(mapped, name=renames[folded], generated=False)
            if folded in hidden:
                flag = "ignored" if self.mariadb else "invisible"
                mapped = replace(mapped, **{flag: hidden[folded]})  # type: ignore[arg-type]
            self.draft.indexes.append(mapped)
        count = len(self.draft.indexes)
        self._new_keys()
        adds_none = len(self.draft.indexes) == count
        self.draft.settled = self.mariadb and adds_none and not self._leaves_rows(kept)
        fulltext = [index for index in self.draft.indexes[count:] if index.kind == "FULLTEXT"]
        if len(fulltext) > 1 and not self.mariadb:
            raise refusal(er.INNODB_FT_LIMIT)

    def _hidden(self, dropped: set[str], renames: dict[str, str]) -> dict[str, bool]:
        """The keys that are to be visible or not; that by which rows are kept can be neither."""
        hidden = {
            action.name.lower(): action.hidden
            for action in self.actions
            if isinstance(action, AlterIndex)
        }
        for name in hidden:
            if self.table.index(name) is None or name in dropped or name in renames:
                raise refusal(er.KEY_DOES_NOT_EXIST, name, self.table.name)
        rows = clustered(self.table)
        if rows is not None and rows.name.lower() in hidden:
            raise refusal(
                er.MARIADB_PK_INDEX_CANT_BE_IGNORED
                if self.mariadb
                else er.PK_INDEX_CANT_BE_INVISIBLE
            )
        return hidden

    def _leaves_rows(self, kept: dict[str, DraftColumn]) -> bool:
        """Whether the key that rows are kept by may hold NULL now: the table is copied then."""
        rows = clustered(self.table)
        return rows is not None and any(
            name.lower() in kept and kept[name.lower()].column.nullable for name in rows.columns
        )

    def _dropped_indexes(self) -> set[str]:
        dropped: set[str] = set()
        for action in self.actions:
            if not isinstance(action, Drop) or action.kind not in (
                "INDEX",
                "PRIMARY KEY",
                "CONSTRAINT",
            ):
                continue
            folded = action.name.lower()
            if action.kind == "CONSTRAINT" and constraint_kind(self.work, action) != "INDEX":
                continue
            if self.table.index(folded) is None or folded in dropped:
                raise cannot_drop(self.scope.target, "INDEX", action.name)
            dropped.add(folded)
        return dropped

    def _index_renames(self, dropped: set[str], kept: dict[str, DraftColumn]) -> dict[str, str]:
        renames: dict[str, str] = {}
        for action in self.actions:
            if isinstance(action, RenameIndex):
                folded = action.old_name.lower()
                if self.table.index(folded) is None or folded in dropped:
                    raise refusal(er.KEY_DOES_NOT_EXIST, action.old_name, self.table.name)
                if folded in renames:
                    raise refusal(er.KEY_DOES_NOT_EXIST, action.old_name, self.table.name)
                if "PRIMARY" in (action.old_name.upper(), action.new_name.upper()):
                    raise refusal(er.WRONG_NAME_FOR_INDEX, action.old_name)
                renames[folded] = action.new_name
        taken = [
            index.name.lower()
            for index in self.table.indexes
            if any(part.expression or part.column.lower() in kept for part in index.parts)
        ]  # the others go with their columns
        for old, new in renames.items():
            others = [name for name in taken if name not in renames and name not in dropped]
            others += [name.lower() for key, name in renames.items() if key != old]
            if new.lower() in others:
                raise refusal(er.DUP_KEYNAME, new)
        return renames

    def _mapped(self, index: Index, kept: dict[str, DraftColumn]) -> Index | None:
        """The index after columns were dropped, renamed or redefined."""
        parts: list[KeyPart] = []
        lost = ""
        for part in index.parts:
            if part.expression is not None:
                parts.append(part)
                continue
            new = kept.get(part.column.lower())
            if new is None:
                if self._added_again(part.column):
                    raise self.unsupported(
                        "a column in a key that is dropped and added again is not supported"
                    )
                lost = part.column
                continue
            old = self.table.column(part.column)
            length = part.length
            if old is not None and new.spec is not None:
                if not self.mariadb and old.type.name == "set" and is_blob(new.column.type):
                    raise self.unsupported("changing a SET in a key to text is not supported")
                length = _kept_prefix(part.length, old, new.column)
                if not self.mariadb and old.type.name in ("enum", "set"):
                    length = _prefix_of_members(old.type, new.column.type)
            parts.append(replace(part, column=new.column.name, length=length))
        if not parts:
            return None
        if lost and self.mariadb and index.unique:
            raise refusal(er.KEY_COLUMN_DOES_NOT_EXIST, lost)
        algorithm = None if index.hashed else index.algorithm
        return replace(index, parts=tuple(parts), algorithm=algorithm, hashed=False)

    def _added_again(self, name: str) -> bool:
        return any(
            isinstance(action, AddColumn) and action.column.name.lower() == name.lower()
            for action in self.actions
        )

    def _new_keys(self) -> None:
        """Keys in the order of their clauses, those inside columns among them."""
        for action in self.actions:
            if isinstance(action, (AddColumn, ChangeColumn)):
                add_column_parts(self.draft, action.column, self.scope)
            elif isinstance(action, AddElement):
                element = action.element
                if isinstance(element, IndexSpec):
                    scope = key_scope(self.draft, self.scope)
                    self.draft.indexes.append(from_spec(element, scope))
                elif isinstance(element, ForeignKeySpec):
                    self.draft.new_foreign_keys.append(element)
                    self.draft.indexes.append(generated_index(element))
                elif isinstance(element, CheckSpec):
                    self.draft.new_checks.append(element)


def _prefix_of_members(old: DataType, new: DataType) -> int:
    """The bytes of an ENUM or SET, which MySQL keeps as the prefix of the text that it becomes."""
    if new.name in ("enum", "set") or not (is_string(new) or "binary" in new.name):
        return 0
    stored, width = type_bytes(old), character_bytes(old)
    lengths = [len(value) for value in old.values]
    written = max(lengths) if old.name == "enum" else sum(lengths) + len(lengths) - 1
    prefix = stored // width
    return 0 if written * width == stored or (new.length or prefix) < prefix else prefix


def _kept_prefix(length: int, old: Column, new: Column) -> int:
    """The prefix of a key part after its column was redefined."""
    if not length:
        return 0
    prefixable = is_string(new.type) or is_blob(new.type) or "binary" in new.type.name
    was = is_string(old.type) or is_blob(old.type) or "binary" in old.type.name
    if not prefixable or not was or new.type.name in ("enum", "set"):
        return 0
    if new.type.length is not None and new.type.length < length:
        return 0
    return length
