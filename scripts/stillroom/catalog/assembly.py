"""A table put together from a draft: what CREATE TABLE and ALTER TABLE have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from stillroom.catalog.checks import resolve_checks
from stillroom.catalog.columns import ColumnScope, implicit_timestamps, resolve_column
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.foreign_keys import ForeignKeyMaker, ForeignKeyScope, check_written_columns
from stillroom.catalog.formulas import Formulas, named_columns
from stillroom.catalog.keys import KeyScope, prepare_keys, type_bytes
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Check, Column, ForeignKey, Index, Partitions, Table
from stillroom.catalog.partitioning import resolve_partitioning
from stillroom.catalog.record import record, replace
from stillroom.catalog.session import Session
from stillroom.catalog.syntax import CheckSpec, ColumnSpec, ForeignKeySpec, Partitioning, Raw
from stillroom.catalog.target import Target
from stillroom.catalog.types import is_blob

_ROW_LIMIT = 65535


@dataclass
class DraftColumn:
    """A column; with a ``spec`` where the statement has just defined it.

    ``old_name`` is what it was called before the statement, if it existed.
    """

    column: Column
    spec: ColumnSpec | None = None
    old_name: str | None = None
    new_default: Raw | None = None  # of ALTER COLUMN … SET DEFAULT (…)


@dataclass
class Draft:
    """A table in the making."""

    name: str
    schema: str
    engine: str
    charset: str
    collation: str
    columns: list[DraftColumn] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    new_foreign_keys: list[ForeignKeySpec] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    new_checks: list[CheckSpec] = field(default_factory=list)
    comment: str = ""
    auto_increment: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    partitions: Partitions | None = None
    partitioning: Partitioning | None = None
    temporary: bool = False
    old: Table | None = None  # what an ALTER began with


@record
class AssemblyScope:
    """What the making of a table depends on besides its draft."""

    target: Target
    session: Session
    statement: str
    foreign_keys: ForeignKeyScope
    check_taken: Callable[[str, str], bool]  # schema, name: by a check of another table

    def columns(self, collation: str) -> ColumnScope:
        return ColumnScope(self.target, self.session, collation, self.statement)


def assemble(draft: Draft, scope: AssemblyScope) -> Table:
    """The finished table. Raises what the server raises for an impossible one."""
    return _Assembly(draft, scope).table()


class _Assembly:
    def __init__(self, draft: Draft, scope: AssemblyScope) -> None:
        self.draft = draft
        self.scope = scope
        self.contradicted: set[str] = set()
        self.tightened: set[str] = set()
        self.formulas = Formulas(
            scope.target,
            scope.session,
            draft.name,
            scope.statement,
            altered=draft.old is not None,
        )

    def table(self) -> Table:
        draft, scope = self.draft, self.scope
        if not draft.columns:
            raise refusal(1113)
        self._check_names()
        columns = self._primary_key([part.column for part in draft.columns])
        columns = implicit_timestamps(
            [part.spec for part in draft.columns],
            columns,
            scope.columns(draft.collation),
        )
        by_name = {column.name.lower(): column for column in columns}
        indexes = prepare_keys(draft.indexes, by_name, self._key_scope())
        self._check_row_size(columns)
        # MySQL looks at generated columns last, MariaDB before all that needs the engine.
        if scope.target.mariadb:
            columns = self._expressions(columns)
        table = Table(
            draft.name,
            draft.schema,
            scope.target,
            tuple(columns),
            indexes,
            tuple(draft.foreign_keys),
            (),
            draft.engine,
            draft.charset,
            draft.collation,
            draft.comment,
            draft.auto_increment,
            tuple(sorted(draft.options.items())),
            draft.partitions,
            draft.temporary,
        )
        checks = resolve_checks(
            draft.checks, draft.new_checks, table, self.formulas, scope.check_taken
        )
        table = replace(table, checks=checks)
        if scope.target.mariadb:
            self._check_references(columns)
        if draft.partitioning is not None:
            found = resolve_partitioning(draft.partitioning, table, self.formulas)
            table = replace(table, partitions=found)
        table = self._with_foreign_keys(table)
        if scope.target.mysql:
            columns = self._expressions(columns)
            indexes = tuple(self._functional(index, columns) for index in table.indexes)
            table = replace(table, columns=tuple(columns), indexes=indexes)
            self._check_written(table)
        return table

    def _check_written(self, table: Table) -> None:
        """What the statement computes or checks is of no column that a foreign key changes."""
        computed = any(part.spec and part.spec.generated for part in self.draft.columns)
        if self.draft.new_checks or computed:
            named = partial(named_columns, target=self.scope.target)
            check_written_columns(table, table.foreign_keys, named)

    def _functional(self, index: Index, columns: list[Column]) -> Index:
        """The index with its new expressions printed."""
        if all(part.written is None for part in index.parts):
            return index
        parts = [
            replace(
                part,
                expression=self.formulas.text(part.written, "key", columns, index.name),
                written=None,
            )
            if part.written is not None
            else part
            for part in index.parts
        ]
        return replace(index, parts=tuple(parts))

    def _key_scope(self) -> KeyScope:
        draft, scope = self.draft, self.scope
        row_format = draft.options.get("ROW_FORMAT", "")
        return KeyScope(
            scope.target,
            scope.session,
            scope.statement,
            draft.engine,
            row_format,
            frozenset(self.contradicted),
            frozenset(self.tightened),
        )

    def _check_names(self) -> None:
        seen: set[str] = set()
        for part in self.draft.columns:
            folded = part.column.name.lower()
            if folded in seen:
                raise refusal(1060, part.column.name)
            seen.add(folded)

    def _primary_key(self, columns: list[Column]) -> list[Column]:
        """Columns of the primary key are NOT NULL; MySQL wants no contradiction of that."""
        keyed = {
            part.column.lower()
            for index in self.draft.indexes
            if index.kind == "PRIMARY"
            for part in index.parts
        }
        found = []
        for part, column in zip(self.draft.columns, columns, strict=True):
            if column.name.lower() in keyed and column.nullable:
                spec = part.spec
                inline = spec is not None and spec.key == "PRIMARY"
                null_default = (
                    spec is not None and spec.default is not None and (column.default == "NULL")
                )
                if null_default and inline:
                    raise refusal(1067, column.name)
                contradicted = spec is not None and (spec.nullable is True or null_default)
                if contradicted and self.scope.target.mysql:
                    self.contradicted.add(column.name.lower())
                if not inline:
                    self.tightened.add(column.name.lower())
                default = None if column.default == "NULL" else column.default
                column = replace(column, nullable=False, default=default)
            found.append(column)
        return found

    def _expressions(self, columns: list[Column]) -> list[Column]:
        """Print the expressions that the statement brought."""
        found = list(columns)
        for place, part in enumerate(self.draft.columns):
            column, spec = found[place], part.spec
            if part.new_default is not None:
                text = self.formulas.text(part.new_default, "default", columns, column.name)
                found[place] = replace(column, default=text, default_is_expression=True)
            if spec is not None:
                found[place] = self._column_expressions(spec, found[place], columns)
        if self.scope.target.mysql:
            self._check_references(found)
        return found

    def _column_expressions(
        self, spec: ColumnSpec, column: Column, columns: list[Column]
    ) -> Column:
        if isinstance(spec.default, Raw):
            text = self.formulas.text(spec.default, "default", columns, column.name)
            column = replace(column, default=text, default_is_expression=True)
        if spec.generated is not None:
            keyed = self._keyed(column)
            text = self.formulas.text(
                spec.generated, "generated", columns, column.name, stored=spec.stored or keyed
            )
            column = replace(column, generated=text)
        if self.scope.target.mariadb:
            column = replace(column, check=self._own_check(spec, column, columns))
        return column

    def _check_references(self, columns: list[Column]) -> None:
        """Nothing computed refers to what is computed behind it."""
        for place, column in enumerate(columns):
            if column.default_is_expression:
                self._check_default(column, columns[place:])
            if column.generated is None:
                continue
            named = named_columns(column.generated, self.scope.target)
            if self.scope.target.mariadb:
                self._check_kept(column, [c for c in columns if c.name.lower() in named])
            for other in columns[place:]:
                if other.generated is not None and other.name.lower() in named:
                    if self.scope.target.mysql:
                        raise refusal(3107)
                    raise refusal(4029, column.name, other.name)

    def _check_default(self, column: Column, behind: list[Column]) -> None:
        """``behind`` begins with the column itself."""
        target = self.scope.target
        named = named_columns(column.default or "", target)
        for other in behind if named else ():
            computed = other.generated is not None or (
                other.default_is_expression
                and (target.mysql or bool(named_columns(other.default or "", target)))
            )
            if computed and other.name.lower() in named:
                if target.mysql:
                    raise refusal(3767, column.name)
                raise refusal(4029, column.name, other.name)

    def _check_kept(self, column: Column, named: list[Column]) -> None:
        """What MariaDB wants of a generated column that is stored or in a key."""
        if not column.stored and not self._keyed(column):
            return
        for other in named:
            if other.auto_increment:
                raise refusal(1901, "AUTO_INCREMENT", "GENERATED ALWAYS AS", other.name)
            if other.type.name == "char":
                reason = "a kept generated column that depends on a CHAR"
                raise Unsupported(self.scope.statement, 0, reason)

    def _keyed(self, column: Column) -> bool:
        return any(
            part.column.lower() == column.name.lower()
            for index in self.draft.indexes
            for part in index.parts
        )

    def _own_check(self, spec: ColumnSpec, column: Column, columns: list[Column]) -> str | None:
        """MariaDB keeps a check in a column, and makes one for JSON."""
        if len(spec.checks) > 1 or any(check.name for check in spec.checks):
            raise Unsupported(
                self.scope.statement, spec.checks[0].position, "such checks inside a column"
            )
        if spec.checks:
            return self.formulas.text(spec.checks[0].expression, "check", columns, column.name)
        if spec.type.name == "JSON" and column.generated is None:
            name = column.name.replace("`", "``")
            return f"json_valid(`{name}`)"
        return None

    def _check_row_size(self, columns: list[Column]) -> None:
        """MySQL's own limit on a row, BLOBs counted by their pointers."""
        nullable = sum(column.nullable for column in columns)
        size = (nullable + 8) // 8
        for column in columns:
            if column.generated is not None and not column.stored:
                continue
            if is_blob(column.type):
                size += 12
            else:
                size += type_bytes(column.type)
                if column.type.name in ("varchar", "varbinary"):
                    size += 1 if type_bytes(column.type) < 256 else 2
        if size > _ROW_LIMIT:
            raise refusal(1118)

    def _with_foreign_keys(self, table: Table) -> Table:
        specs = self.draft.new_foreign_keys
        self._check_written(table)
        if not specs or table.engine != "InnoDB":
            return table
        if table.temporary or table.partitions is not None:
            raise Unsupported(
                self.scope.statement,
                specs[0].position,
                "a foreign key of a temporary or partitioned table",
            )
        keys = ForeignKeyMaker(table, self.scope.foreign_keys, self.draft.old).make(specs)
        return replace(table, foreign_keys=keys)


def draft_column(spec: ColumnSpec, collation: str, scope: AssemblyScope) -> DraftColumn:
    """A newly defined column of a table with that collation."""
    return DraftColumn(resolve_column(spec, scope.columns(collation)), spec)
