"""ALTER TABLE: all clauses of a statement applied in the server's own order of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stillroom.catalog.assembly import (
    AssemblyScope,
    Draft,
    DraftColumn,
    assemble,
    draft_column,
)
from stillroom.catalog.collations import collation_charset
from stillroom.catalog.columns import set_default
from stillroom.catalog.creation import add_column_parts, check_table_name, key_scope
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.foreign_keys import generated_index, highest_number
from stillroom.catalog.foreign_keys import renamed as renamed_key
from stillroom.catalog.formulas import Formulas, named_columns, renamed
from stillroom.catalog.keys import from_spec, type_bytes
from stillroom.catalog.messages import cannot_drop, refusal
from stillroom.catalog.model import Check, Column, Index, KeyPart, Table
from stillroom.catalog.options import apply_options, set_collation, table_collation
from stillroom.catalog.partitioning import partition_bounds
from stillroom.catalog.syntax import (
    Action,
    AddColumn,
    AddElement,
    AlterCheck,
    AlterColumn,
    AlterIndex,
    ChangeColumn,
    CheckSpec,
    ColumnSpec,
    ConvertCharset,
    Drop,
    ForeignKeySpec,
    IndexSpec,
    Literal,
    Option,
    Partition,
    Raw,
    RenameColumn,
    RenameIndex,
    RenameTo,
    SetOptions,
)
from stillroom.catalog.types import (
    converted,
    is_blob,
    is_string,
    resolve_collation,
)


class Alteration:
    """One ALTER TABLE on one table."""

    def __init__(self, table: Table, actions: Sequence[Action], scope: AssemblyScope) -> None:
        self.table = table
        self.actions = actions
        self.scope = scope
        self.mariadb = scope.target.mariadb
        self.draft = Draft(
            table.name,
            table.schema,
            table.engine,
            table.charset,
            table.collation,
            foreign_keys=list(table.foreign_keys),
            checks=list(table.checks),
            comment=table.comment,
            auto_increment=table.auto_increment,
            options=dict(table.options),
            partitions=table.partitions,
            temporary=table.temporary,
            old=table,
        )
        self.missing_columns: list[str] = []  # to be dropped, but not there
        self.converted = ""  # the collation of CONVERT TO CHARACTER SET
        self.new_names: dict[str, str] = {}  # of columns, by their old names in lower case

    def table_after(self) -> Table:
        """The altered table. Raises what the server raises, or Unsupported."""
        self._options()
        if not self.mariadb:
            self._check_drops()
        self._columns()
        self._keys()
        self._constraints()
        self._partitions()
        table = assemble(self.draft, self.scope)
        self._check_hashes(table)
        return table

    def _check_hashes(self, table: Table) -> None:
        """MariaDB has ways of its own with a key that it begins or ceases to hash."""
        for index in table.indexes:
            old = self.table.index(index.name)
            if old is not None and old.hashed != index.hashed:
                raise Unsupported(
                    self.scope.statement, 0, f"a change of how the key {index.name} is hashed"
                )

    def _of(self, *kinds: type) -> list[Action]:
        return [action for action in self.actions if isinstance(action, kinds)]

    # options

    def _options(self) -> None:
        options: list[Option] = []
        converts = [action for action in self.actions if isinstance(action, ConvertCharset)]
        for action in self.actions:
            if isinstance(action, SetOptions):
                options += action.options
        draft, target = self.draft, self.scope.target
        for convert in converts:
            self._check_convert(convert)
            if convert.charset != converts[0].charset:
                names = [f"CHARACTER SET {each.charset}" for each in (converts[0], convert)]
                raise refusal(1302, *names)
            self.converted = resolve_collation(
                convert.charset, convert.collation, draft.collation, target
            )
        default = self.converted or draft.collation
        set_collation(draft, table_collation(options, default, target))
        if self.converted and collation_charset(self.converted) != draft.charset and target.mysql:
            charsets = (f"CHARACTER SET {collation_charset(self.converted)}", draft.charset)
            raise refusal(1302, charsets[0], f"CHARACTER SET {charsets[1]}")
        apply_options(draft, options, target, self.scope.statement)

    def _check_convert(self, action: ConvertCharset) -> None:
        if action.charset == "binary":
            raise Unsupported(self.scope.statement, action.position, "CONVERT TO binary")

    # columns

    def _columns(self) -> None:  # noqa: C901 - one branch per case
        changes: dict[str, ChangeColumn | RenameColumn] = {}
        alters: dict[str, list[AlterColumn]] = {}
        for action in self.actions:
            if isinstance(action, (ChangeColumn, RenameColumn)):
                folded = action.old_name.lower()
                if self.table.column(folded) is None:
                    raise refusal(1054, action.old_name, self.table.name)
                if folded in changes:
                    raise Unsupported(
                        self.scope.statement, action.position, "a column changed twice"
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
            raise refusal(1090)
        if self.missing_columns:
            raise cannot_drop(self.scope.target, "COLUMN", self.missing_columns[0])

    def _check_alters(
        self,
        alters: dict[str, list[AlterColumn]],
        changes: dict[str, ChangeColumn | RenameColumn],
        dropped: set[str],
    ) -> None:
        """ALTER COLUMN takes columns that stay as they are; MariaDB also those just added."""
        left = {column.name.lower() for column in self.table.columns} - dropped
        left -= {name for name, change in changes.items() if isinstance(change, ChangeColumn)}
        if self.mariadb:
            left |= {
                action.column.name.lower()
                for action in self.actions
                if isinstance(action, AddColumn)
            }
        for folded, actions in alters.items():
            if folded not in left:
                raise refusal(1054, actions[0].name, self.table.name)

    def _dropped_columns(self, changes: dict[str, ChangeColumn | RenameColumn]) -> set[str]:
        dropped: set[str] = set()
        for action in self.actions:
            if isinstance(action, Drop) and action.kind == "COLUMN":
                folded = action.name.lower()
                if self.table.column(folded) is None or folded in dropped:
                    self.missing_columns.append(action.name)
                    continue
                if folded in changes:
                    raise refusal(1054, action.name, self.table.name)
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
            self._check_generated(column, part.column)
            if change.column.name != column.name:
                self.new_names[column.name.lower()] = change.column.name
            part.column = self._converted_definition(part.column, change.column)
        else:
            part = DraftColumn(self._converted(column), old_name=column.name)
            if isinstance(change, RenameColumn):
                self.new_names[column.name.lower()] = change.new_name
                part.column = replace(part.column, name=change.new_name)
        for alter in alters:
            self._alter(part, alter)
        return part

    def _converted_definition(self, column: Column, spec: ColumnSpec) -> Column:
        """A column that the same statement defines and converts."""
        if not self.converted or not is_string(column.type):
            return column
        if is_blob(column.type):
            raise Unsupported(
                self.scope.statement, spec.position, "a text defined and converted at once"
            )
        converted_column = self._converted(column)
        if spec.type.binary and spec.type.collation is None:
            charset = collation_charset(self.converted)
            kind = replace(converted_column.type, collation=f"{charset}_bin")
            return replace(converted_column, type=kind)
        return converted_column

    def _check_generated(self, old: Column, new: Column) -> None:
        """A column can neither become virtual nor cease to be."""
        virtual = [column.generated is not None and not column.stored for column in (old, new)]
        if virtual[0] == virtual[1]:
            return
        if self.mariadb:
            raise refusal(1907)
        raise refusal(3106, "Changing the STORED status")

    def _converted(self, column: Column) -> Column:
        """The column under CONVERT TO CHARACTER SET, if the statement has that clause."""
        if not self.converted or not is_string(column.type):
            return column
        kind = converted(column.type, self.converted)
        if kind.name == "varchar" and type_bytes(kind) > 65535:
            raise refusal(1074, column.name, 65535 // (type_bytes(kind) // (kind.length or 1)))
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
            part.column = self._without_default(part.column)
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

    def _default_of_generated(self, alter: AlterColumn) -> None:
        if not self.mariadb:
            raise refusal(1221, "DEFAULT and generated column")
        if not isinstance(alter.default, Literal) or alter.default.kind != "null":
            raise Unsupported(
                self.scope.statement, alter.position, "the default of a generated column"
            )

    def _without_default(self, column: Column) -> Column:
        """DROP DEFAULT. MariaDB falls back to NULL, and forgets ON UPDATE as well."""
        column = replace(column, default=None, default_is_expression=False)
        if not self.mariadb:
            return column
        default = "NULL" if column.nullable and column.generated is None else None
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
            raise refusal(1054, action.after, self.table.name)

    # keys

    def _keys(self) -> None:
        dropped = self._dropped_indexes()
        renames = self._index_renames(dropped)
        kept = {part.old_name.lower(): part for part in self.draft.columns if part.old_name}
        hidden = {
            action.name.lower(): action.hidden
            for action in self.actions
            if isinstance(action, AlterIndex)
        }
        for name in hidden:
            if self.table.index(name) is None or name in dropped:
                raise refusal(1176, name, self.table.name)
        for index in self.table.indexes:
            folded = index.name.lower()
            if folded in dropped:
                continue
            mapped = self._mapped(index, kept)
            if mapped is None:
                if folded in renames and not self.mariadb:
                    raise refusal(1176, index.name, self.table.name)
                continue
            if folded in renames:
                mapped = replace(mapped, name=renames[folded], generated=False)
            if folded in hidden:
                flag = "ignored" if self.mariadb else "invisible"
                mapped = replace(mapped, **{flag: hidden[folded]})  # type: ignore[arg-type]
            self.draft.indexes.append(mapped)
        count = len(self.draft.indexes)
        self._new_keys()
        fulltext = [index for index in self.draft.indexes[count:] if index.kind == "FULLTEXT"]
        if len(fulltext) > 1 and not self.mariadb:
            raise refusal(1795)

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
            if action.kind == "CONSTRAINT" and self._constraint_kind(action) != "INDEX":
                continue
            if self.table.index(folded) is None or folded in dropped:
                raise cannot_drop(self.scope.target, "INDEX", action.name)
            dropped.add(folded)
        return dropped

    def _index_renames(self, dropped: set[str]) -> dict[str, str]:
        renames: dict[str, str] = {}
        for action in self.actions:
            if isinstance(action, RenameIndex):
                folded = action.old_name.lower()
                if self.table.index(folded) is None or folded in dropped:
                    raise refusal(1176, action.old_name, self.table.name)
                if folded in renames and not self.mariadb:
                    raise refusal(1176, action.old_name, self.table.name)
                if "PRIMARY" in (action.old_name.upper(), action.new_name.upper()):
                    raise refusal(1280, action.old_name)
                renames[folded] = action.new_name
        taken = [index.name.lower() for index in self.table.indexes]
        for old, new in renames.items():
            others = [name for name in taken if name not in renames and name not in dropped]
            others += [name.lower() for key, name in renames.items() if key != old]
            if new.lower() in others:
                raise refusal(1061, new)
        return renames

    def _mapped(self, index: Index, kept: dict[str, DraftColumn]) -> Index | None:
        """The index after columns were dropped, renamed or redefined."""
        parts: list[KeyPart] = []
        for part in index.parts:
            new = kept.get(part.column.lower())
            if new is None:
                if self.mariadb and index.unique and len(index.parts) > 1:
                    raise refusal(1072, part.column)
                continue
            old = self.table.column(part.column)
            length = part.length
            if old is not None and new.spec is not None:
                length = _kept_prefix(part.length, old, new.column)
            parts.append(replace(part, column=new.column.name, length=length))
        if not parts:
            return None
        algorithm = None if index.hashed else index.algorithm
        return replace(index, parts=tuple(parts), algorithm=algorithm, hashed=False)

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

    # constraints

    def _check_drops(self) -> None:
        """MySQL begins with the question whether all constraints to drop are there."""
        names = {check.name.lower() for check in self.table.checks}
        for action in self.actions:
            if not isinstance(action, Drop):
                continue
            if action.kind == "CONSTRAINT":
                self._constraint_kind(action)
            elif action.kind == "CHECK" and action.name.lower() not in names:
                raise refusal(3821, action.name)

    def _constraint_kind(self, drop: Drop) -> str:
        """What DROP CONSTRAINT means: MySQL and MariaDB look at all kinds."""
        folded = drop.name.lower()
        kinds = []
        if any(check.name.lower() == folded for check in self.table.checks):
            kinds.append("CHECK")
        if any(key.name.lower() == folded for key in self.table.foreign_keys):
            kinds.append("FOREIGN KEY")
        index = self.table.index(folded)
        if index is not None and index.unique:
            kinds.append("INDEX")
        if not kinds:
            if self.mariadb:
                raise cannot_drop(self.scope.target, "CONSTRAINT", drop.name)
            raise refusal(3940, drop.name)
        if len(kinds) > 1 and not self.mariadb:
            raise refusal(3939, drop.name)
        return kinds[0]

    def _constraints(self) -> None:  # noqa: C901 - one branch per case
        for action in self.actions:
            if not isinstance(action, Drop):
                continue
            kind = action.kind
            if kind == "CONSTRAINT":
                kind = self._constraint_kind(action)
                if kind == "FOREIGN KEY" and self.mariadb and len(self.actions) > 1:
                    # Where the table is copied the server forgets to drop it.
                    raise Unsupported(
                        self.scope.statement,
                        action.position,
                        "DROP CONSTRAINT of a foreign key among other clauses",
                    )
            if kind == "FOREIGN KEY":
                self._drop_foreign_key(action)
            elif kind == "CHECK":
                self._drop_check(action)
        for action in self._of(AlterCheck):
            assert isinstance(action, AlterCheck)
            self._enforce(action)
        self._rename_in_constraints()
        renames = [action for action in self.actions if isinstance(action, RenameTo)]
        for action in renames:
            check_table_name(action.table.name)
        keys = self.table.foreign_keys or self.draft.new_foreign_keys
        if renames and keys and self.mariadb and len(self.actions) > 1:
            # Where the table is copied, the server loses keys on itself.
            raise Unsupported(
                self.scope.statement, renames[0].position, "RENAME among other clauses"
            )
        if len(renames) > 1:
            raise Unsupported(self.scope.statement, renames[1].position, "two new names at once")

    def _drop_foreign_key(self, action: Drop) -> None:
        keys = self.draft.foreign_keys
        for key in keys:
            if key.name.lower() == action.name.lower():
                keys.remove(key)
                return
        raise cannot_drop(self.scope.target, "FOREIGN KEY", action.name)

    def _drop_check(self, action: Drop) -> None:
        checks = self.draft.checks
        for check in checks:
            if check.name.lower() == action.name.lower():
                checks.remove(check)
                return
        raise refusal(3821, action.name)

    def _enforce(self, action: AlterCheck) -> None:
        checks = self.draft.checks
        for place, check in enumerate(checks):
            if check.name.lower() == action.name.lower():
                checks[place] = replace(check, enforced=action.enforced)
                return
        raise refusal(3821, action.name)

    def _rename_in_constraints(self) -> None:
        """Follow renamed and dropped columns into expressions."""
        alive = {part.old_name.lower() for part in self.draft.columns if part.old_name}
        gone = {column.name.lower() for column in self.table.columns} - alive
        if not gone and not self.new_names:
            return
        if self.draft.partitions is not None and (
            {name.lower() for name in self.draft.partitions.columns} & (gone | set(self.new_names))
        ):
            raise Unsupported(self.scope.statement, 0, "changing a column of the partitioning")
        self.draft.checks = [
            check for check in (self._followed(c, gone) for c in self.draft.checks) if check
        ]
        for part in self.draft.columns:
            part.column = self._column_followed(part, gone)
        self.draft.foreign_keys = [
            replace(
                key,
                columns=tuple(self.new_names.get(name.lower(), name) for name in key.columns),
                referenced_columns=tuple(
                    self.new_names.get(name.lower(), name) for name in key.referenced_columns
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
        if used & set(self.new_names):
            if not self.mariadb:
                raise refusal(3959, check.name, min(used & set(self.new_names)))
            text = renamed(check.expression, self.new_names, self.scope.target)
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
            if used & set(self.new_names):
                if not self.mariadb:
                    self._refuse_gone(name, min(used & set(self.new_names)), column)
                changes[name] = renamed(text, self.new_names, self.scope.target)
        return replace(column, **changes) if changes else column  # type: ignore[arg-type]

    def _refuse_gone(self, usage: str, name: str, column: Column) -> None:
        if self.mariadb:
            clause = {"generated": "GENERATED ALWAYS AS", "check": "CHECK", "default": "DEFAULT"}
            raise refusal(1054, name, clause[usage])
        if usage == "generated":
            raise refusal(3108, name)
        raise refusal(3766, name, self.table.name)

    # partitions

    def _partitions(self) -> None:
        for action in self._of(Partition):
            assert isinstance(action, Partition)
            self._partition(action)

    def _partition(self, action: Partition) -> None:  # noqa: C901 - one branch per case
        draft = self.draft
        if action.action == "BY":
            draft.partitions, draft.partitioning = None, action.partitioning
            return
        if draft.partitions is None:
            raise refusal(1505)
        if action.action == "REMOVE":
            draft.partitions = None
            return
        found = draft.partitions
        if action.action == "DROP" and found.definitions:
            names = {name.lower() for name in action.names}
            left = tuple(part for part in found.definitions if part.name.lower() not in names)
            if len(left) + len(names) != len(found.definitions):
                raise refusal(1507, "DROP")
            if not left:
                raise refusal(1508)
            draft.partitions = replace(found, definitions=left)
        elif action.action == "ADD" and found.definitions and action.definitions:
            formulas = Formulas(
                self.scope.target, self.scope.session, draft.name, self.scope.statement
            )
            new = partition_bounds(action.definitions, self.table, formulas)
            taken = {part.name.lower() for part in found.definitions}
            for part in new:
                if part.name.lower() in taken:
                    raise refusal(1517, part.name)
            draft.partitions = replace(found, definitions=(*found.definitions, *new))
        elif action.action == "TRUNCATE":
            return
        else:
            raise Unsupported(
                self.scope.statement, action.position, f"{action.action} PARTITION here"
            )


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


def renamed_table(table: Table, schema: str, name: str) -> Table:
    """The table under its new name, with the automatic names of its constraints."""
    checks = table.checks
    if table.target.mysql:
        checks = tuple(
            replace(check, name=f"{name}_chk_{number}") if number else check
            for check in checks
            for number in [highest_number(table.name, [check.name], "chk")]
        )
        checks = tuple(sorted(checks, key=lambda check: check.name.lower()))
    keys = [renamed_key(key, table.name, name) for key in table.foreign_keys]
    own = (table.schema, table.name)
    keys = [
        replace(key, schema=schema, table=name) if (key.schema, key.table) == own else key
        for key in keys
    ]
    return replace(
        table,
        name=name,
        schema=schema,
        checks=checks,
        foreign_keys=tuple(sorted(keys, key=lambda key: key.name.lower())),
    )
