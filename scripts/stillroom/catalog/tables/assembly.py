"""Assemble a table from a draft: what CREATE TABLE and ALTER TABLE have in common."""

from __future__ import annotations

from functools import cached_property, partial

from stillroom.catalog import error_numbers as er
from stillroom.catalog.column_references import References, check_order
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.keys.copied_rows import Rewriting
from stillroom.catalog.keys.foreign_keys import ForeignKeyMaker
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.keys.index_order import KeyScope
from stillroom.catalog.keys.indexes import prepare_keys
from stillroom.catalog.keys.written_columns import check_written_columns
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, Index
from stillroom.catalog.parser.syntax import ColumnSpec, Raw
from stillroom.catalog.quoting import quoted_name
from stillroom.catalog.record import replace
from stillroom.catalog.table import Table
from stillroom.catalog.table_expressions import Formulas, named_columns
from stillroom.catalog.tables.checks import resolve_checks
from stillroom.catalog.tables.columns import implicit_timestamps
from stillroom.catalog.tables.draft import AssemblyScope, Draft, DraftColumn
from stillroom.catalog.tables.partitions import check_altered, resolve_partitioning
from stillroom.catalog.tables.visibility import check_columns, check_keys
from stillroom.catalog.types.casts import castable
from stillroom.catalog.types.kinds import is_blob

_ROW_LIMIT = 65535


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
            raise refusal(er.TABLE_MUST_HAVE_COLUMNS)
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
        check_columns(columns, scope.target)
        check_keys(indexes, by_name, scope.target)
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
            References(table, self.formulas).check()
        if draft.partitioning is not None:
            partitions = resolve_partitioning(draft.partitioning, table, self.formulas)
            table = replace(table, partitions=partitions)
        elif draft.partitions is not None:
            check_altered(draft.partitions, table, scope.statement)
        table = self._with_foreign_keys(table)
        if scope.target.mysql:
            columns = self._expressions(columns)
            indexes = tuple(self._functional(index, columns) for index in table.indexes)
            table = replace(table, columns=tuple(columns), indexes=indexes)
            References(table, self.formulas).check()
            self._check_written(table)
        return table

    def _check_written(self, table: Table) -> None:
        """What the statement computes or checks is of no column that a foreign key changes."""
        computed = any(part.spec and part.spec.generated for part in self.draft.columns)
        if self.draft.new_checks or computed:
            named = partial(named_columns, target=self.scope.target)
            check_written_columns(table, table.foreign_keys, named)

    def _functional(self, index: Index, columns: list[Column]) -> Index:
        """The index with its expressions printed."""
        parts = []
        for part in index.parts:
            if part.written is not None:
                text = self.formulas.text(part.written, "key", columns, index.name)
                part = replace(part, expression=text, written=None)
            elif part.expression is not None:
                text = self._read_again(part.expression, "key", columns, index.name)
                part = replace(part, expression=text)
            parts.append(part)
        return replace(index, parts=tuple(parts))

    def _read_again(self, text: str, usage: str, columns: list[Column], subject: str) -> str:
        """An expression that was there before, printed anew if its columns have become others."""
        if not self._reshaped & named_columns(text, self.scope.target):
            return text
        try:
            return self.formulas.text(Raw(text, 0), usage, columns, subject, kept=True)
        except Unsupported as error:
            reason = f"the expression of {subject} over other columns: {error.reason}"
            raise Unsupported(self.scope.statement, 0, reason) from error

    @cached_property
    def _reshaped(self) -> frozenset[str]:
        """The columns, by their lower-case names, that print otherwise in expressions of MySQL."""
        old = self.draft.old
        if old is None or self.scope.target.mariadb:
            return frozenset()
        return frozenset(
            part.column.name.lower()
            for part in self.draft.columns
            for before in [old.column(part.old_name or "")]
            if before is not None
            and (before.type.name, before.type.charset)
            != (part.column.type.name, part.column.type.charset)
        )

    def _key_scope(self) -> KeyScope:
        draft, scope = self.draft, self.scope
        row_format = draft.options.get("ROW_FORMAT", "")
        return KeyScope(
            scope.target,
            scope.session,
            scope.statement,
            draft.engine,
            row_format,
            draft.settled,
            frozenset(self.contradicted),
            frozenset(self.tightened),
        )

    def _check_names(self) -> None:
        seen: set[str] = set()
        for part in self.draft.columns:
            folded = part.column.name.lower()
            if folded in seen:
                raise refusal(er.DUP_FIELDNAME, part.column.name)
            seen.add(folded)

    def _primary_key(self, columns: list[Column]) -> list[Column]:
        """Columns of the primary key are NOT NULL; MySQL wants no contradiction of that."""
        keyed = {
            part.column.lower()
            for index in self.draft.indexes
            if index.kind == "PRIMARY"
            for part in index.parts
        }
        defaulted = []
        for part, column in zip(self.draft.columns, columns, strict=True):
            if column.name.lower() in keyed and column.nullable:
                spec = part.spec
                inline = spec is not None and spec.key == "PRIMARY"
                null_default = (
                    spec is not None
                    and spec.default is not None
                    and column.default in ("NULL", None)  # a text or BLOB has none
                )
                if part.null_default or (null_default and inline):
                    raise refusal(er.INVALID_DEFAULT, column.name)
                contradicted = spec is not None and (spec.nullable is True or null_default)
                if contradicted and self.scope.target.mysql:
                    self.contradicted.add(column.name.lower())
                if not inline:
                    self.tightened.add(column.name.lower())
                default = None if column.default == "NULL" else column.default
                column = replace(column, nullable=False, default=default)
            defaulted.append(column)
        return defaulted

    def _expressions(self, columns: list[Column]) -> list[Column]:
        """Print the expressions that the statement brought."""
        resolved = list(columns)
        for place, part in enumerate(self.draft.columns):
            column, spec = resolved[place], part.spec
            if part.new_default is not None:
                text = self.formulas.text(part.new_default, "default", columns, column.name)
                resolved[place] = replace(column, default=text, default_is_expression=True)
            if spec is not None:
                resolved[place] = self._column_expressions(spec, resolved[place], columns)
                if self.scope.target.mysql:
                    check_order(resolved[place], columns[place:], self.scope.target)
            elif self._reshaped:
                resolved[place] = self._column_read_again(part, resolved[place], columns)
            elif kept := resolved[place].generated:
                self._check_assigned(kept, resolved[place], columns)
        return resolved

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
            self._check_assigned(text, column, columns)
            column = replace(column, generated=text)
        if self.scope.target.mariadb:
            column = replace(column, check=self._own_check(spec, column, columns))
        return column

    def _column_read_again(
        self, part: DraftColumn, column: Column, columns: list[Column]
    ) -> Column:
        if column.generated:
            text = self._read_again(column.generated, "generated", columns, column.name)
            return replace(column, generated=text)
        if column.default and column.default_is_expression and part.new_default is None:
            text = self._read_again(column.default, "default", columns, column.name)
            return replace(column, default=text)
        return column

    def _check_assigned(self, text: str, column: Column, columns: list[Column]) -> None:
        """Whether a column can take the values of the column that it is calculated from alone."""
        if not self.scope.target.mariadb_from(11, 5):
            return
        for source in columns:
            if quoted_name(source.name) != text:
                continue
            if not castable(source.type, column.type, self.scope.target):
                names = source.type.name, column.type.name, self.formulas.table, column.name
                raise refusal(er.MARIADB_CANNOT_CAST, *names)

    def _keyed(self, column: Column) -> bool:
        return any(
            part.column.lower() == column.name.lower()
            for index in self.draft.indexes
            for part in index.parts
        )

    def _own_check(self, spec: ColumnSpec, column: Column, columns: list[Column]) -> str | None:
        """MariaDB keeps a check in a column, and makes one for JSON."""
        if spec.checks:
            return self.formulas.text(spec.checks[0].expression, "check", columns, column.name)
        if spec.type.name == "JSON":
            return f"json_valid({quoted_name(column.name)})"
        return None

    def _check_row_size(self, columns: list[Column]) -> None:
        """MySQL's own limit on a row, BLOBs counted by their pointers."""
        nullable = sum(column.nullable for column in columns)
        size = (nullable + 8) // 8
        for column in columns:
            if column.generated is not None and not column.stored:
                continue
            vector = column.type.name == "vector" and self.scope.target.mysql
            if is_blob(column.type) or vector:
                size += 12
            else:
                size += type_bytes(column.type)
                if column.type.name in ("varchar", "varbinary"):
                    size += 1 if type_bytes(column.type) < 256 else 2
        if size > _ROW_LIMIT:
            raise refusal(er.TOO_BIG_ROWSIZE)

    def _with_foreign_keys(self, table: Table) -> Table:
        specs = self.draft.new_foreign_keys
        self._check_written(table)
        if not specs or table.engine != "InnoDB":
            return table
        if table.partitions is not None:
            raise refusal(er.FOREIGN_KEY_ON_PARTITIONED)
        if table.temporary:
            raise Unsupported(
                self.scope.statement,
                specs[0].position,
                "a foreign key of a temporary table is not supported",
            )
        in_place = self._adds_keys_in_place(table)
        maker = ForeignKeyMaker(table, self.scope.foreign_keys, self.draft.old, in_place)
        return replace(table, foreign_keys=maker.make(specs))

    def _adds_keys_in_place(self, table: Table) -> bool:
        old, scope = self.draft.old, self.scope
        if old is None or scope.target.mysql or scope.session.foreign_key_checks:
            return False
        names = {
            part.old_name.lower(): part.column.name for part in self.draft.columns if part.old_name
        }
        return not Rewriting(old, table, names, False, scope.statement).copies
