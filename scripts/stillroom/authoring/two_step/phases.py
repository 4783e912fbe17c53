"""What the two revisions do beside what their tables need: triggers, and values in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from stillroom.authoring.corrections.values import kept_columns, made_required
from stillroom.authoring.losses import COLUMN, MEMBER, NARROWER, Loss
from stillroom.authoring.operations.alter_statements import definition
from stillroom.authoring.operations.own import Copy, Fill, Remark, ServerStatements, wrapped
from stillroom.authoring.phase import Phase
from stillroom.authoring.two_step import triggers
from stillroom.authoring.two_step.changes import (
    Change,
    Drop,
    Rename,
    Require,
    column_of,
    has_default,
)
from stillroom.authoring.two_step.intermediate import intermediate
from stillroom.catalog import Catalog
from stillroom.catalog.record import replace as replaced
from stillroom.drift.alembic_operations import copied
from stillroom.replay.revisions import contracts

_DROPS = (op.DropColumnOp, op.DropIndexOp, op.DropConstraintOp, op.DropTableOp)


class Expand(Phase):
    """Adds what the new code needs, and keeps what the old code needs."""

    def __init__(self, changes: Sequence[Change], fills: Mapping[str, str]) -> None:
        self._changes, self._fills = changes, fills
        self.mark = (
            "# Expand: the old and the new code both run on these tables, until the contract",
            "# revision that follows.",
        )
        self._renames = [change for change in changes if isinstance(change, Rename)]
        self._required = [change for change in changes if isinstance(change, Require)]
        self._drops = [change for change in changes if isinstance(change, Drop)]
        self.models: Sequence[MetaData] = ()
        self._late: list[op.MigrateOperation] = []

    def fills_of_request(self, fills: Mapping[str, str]) -> Mapping[str, str]:
        """Those that are about what this revision does in one step."""
        own = {f"{change.qualified_table}.{change.column}" for change in self._required}
        own |= {f"{change.qualified_table}.{change.column}" for change in self._drops}
        return {name: value for name, value in fills.items() if name not in own}

    def metadata(
        self, metadata: Sequence[MetaData], context: MigrationContext, start: Catalog
    ) -> Sequence[MetaData]:
        """The models between the two steps."""
        self._start = start
        self.models = self.models or intermediate(metadata, context, self._changes, start)
        return self.models

    def added(self, operation: op.AddColumnOp) -> Sequence[op.MigrateOperation] | None:
        """A new column that is filled from the old one, with triggers in front."""
        for rename in self._renames:
            if _is_about(operation, rename, rename.new, operation.column.name):
                return self._filled(operation, rename)
        for required in self._required:
            if _is_about(operation, required, required.column, operation.column.name):
                return [operation]
        return None

    def _filled(self, operation: op.AddColumnOp, rename: Rename) -> list[op.MigrateOperation]:
        column = copied(operation.column)
        late: list[op.MigrateOperation] = [_copy(rename, rename.new, rename.old)]
        if not column.nullable and column.server_default is None:
            column.nullable = True
            late.append(Remark(["stillroom: allow MY403 a trigger gives it its value"]))
            late.append(made_required(operation))
        self._late += late
        return [op.AddColumnOp(operation.table_name, column, schema=operation.schema), *late]

    def upgrade(
        self, operations: Sequence[op.MigrateOperation], goal: Catalog
    ) -> Sequence[op.MigrateOperation]:
        """Indexes first: to build one on a table that was filled would wait."""
        late = [
            operation for operation in operations if any(operation is other for other in self._late)
        ]
        early = [
            operation
            for operation in operations
            if not any(operation is other for other in self._late)
        ]
        # What the old code reads stays as it is: its own columns are filled by the contract.
        new = [
            change
            for change in self._required
            if change.table_in(self._start).column(change.column) is None
        ]
        fills = [_fill(change, change.column, change.fill, goal) for change in new if change.fill]
        return _completed([*early, *late, *fills], goal)

    def downgrade(
        self, operations: Sequence[op.MigrateOperation], start: Catalog
    ) -> Sequence[op.MigrateOperation]:
        """The old code runs meanwhile, so the triggers go before the column."""
        others, drops = _split(operations)
        relaxed = [*self._relaxed(start), *self._refilled(start)]
        return [*relaxed, *others, *_without_triggers(self._renames), *drops]

    def _refilled(self, start: Catalog) -> Iterator[op.MigrateOperation]:
        """What the new code has left out must have a value again."""
        for drop in self._drops:
            before = column_of(drop, drop.column, self._start)
            if before.nullable or not column_of(drop, drop.column, start).nullable:
                continue
            if value := self._fills.get(f"{drop.qualified_table}.{drop.column}"):
                yield _fill(drop, drop.column, value, start)
            else:
                yield Remark(
                    wrapped(
                        f"Rows that the new code has written have no {drop.column}: they need "
                        "a value before this."
                    )
                )

    def _relaxed(self, start: Catalog) -> Iterator[op.MigrateOperation]:
        """The old code must be able to leave the new column out, once no trigger fills it."""
        for rename in self._renames:
            table, column = rename.table_in(start), column_of(rename, rename.new, start)
            if not column.nullable and not has_default(column):
                text = definition(table, replaced(column, nullable=True))
                statement = f"ALTER TABLE {table.sql_name} MODIFY COLUMN {text}"
                yield ServerStatements([statement])


class Contract(Phase):
    """Takes away what only the old code needed."""

    def __init__(self, changes: Sequence[Change], expand: str) -> None:
        self._renames = [change for change in changes if isinstance(change, Rename)]
        self._required = [change for change in changes if isinstance(change, Require)]
        self.mark = (
            "# Contract: `upgrade` stops here until the old code is gone: it runs with contract=1,",
            "# or when the release that the setting `release` names needs nothing that it removes.",
            contracts.mark(expand),
        )

    def fills_of_request(self, fills: Mapping[str, str]) -> Mapping[str, str]:
        """Those of the columns that it makes NOT NULL, for rows that the old code wrote."""
        own = {f"{change.qualified_table}.{change.column}" for change in self._required}
        return {name: value for name, value in fills.items() if name in own}

    def metadata(
        self, metadata: Sequence[MetaData], context: MigrationContext, start: Catalog
    ) -> Sequence[MetaData]:
        """The models as they are."""
        self._start = start
        return metadata

    def upgrade(
        self, operations: Sequence[op.MigrateOperation], goal: Catalog
    ) -> Sequence[op.MigrateOperation]:
        """What release 1 needs comes first, then the triggers go, then the old columns."""
        others, drops = _split(operations)
        return [*others, *_without_triggers(self._renames), *drops]

    def downgrade(
        self, operations: Sequence[op.MigrateOperation], start: Catalog
    ) -> Sequence[op.MigrateOperation]:
        """The old columns come back with their triggers and values."""
        relaxed: list[op.MigrateOperation] = []
        left = list(self._renames)
        for operation in operations:
            relaxed.append(operation)
            for rename in list(left):
                if isinstance(operation, op.AddColumnOp) and _is_about(
                    operation, rename, rename.old, operation.column.name
                ):
                    left.remove(rename)
                    relaxed.append(_copy(rename, rename.old, rename.new))
        relaxed += [_copy(rename, rename.old, rename.new) for rename in left]
        return _completed(relaxed, self._start)

    def loss(self, loss: Loss) -> Loss:
        """The values of a renamed column are not lost, and no older code runs."""
        for rename in self._renames:
            place = (rename.schema, rename.table, rename.old)
            if loss.code == COLUMN and place == (loss.schema, loss.table, loss.column):
                what = f"{rename.qualified_table}.{rename.old} is dropped."
                reason = f"its values are in {rename.new}"
                return replace(loss, what=what, downgrade="", reason=reason, also="")
        if loss.code in (NARROWER, MEMBER):
            reason = "a server in strict mode refuses it while a row does not fit"
            return replace(loss, downgrade="", reason=reason)
        return replace(loss, also="")


def _is_about(operation: op.AddColumnOp, change: Change, name: str, column: str) -> bool:
    place = (operation.schema or "", operation.table_name, column.lower())
    return place == (change.schema, change.table, name.lower())


def _fill(change: Change, column: str, value: str, catalog: Catalog) -> Fill:
    kept = kept_columns(change.table_in(catalog), column)
    return Fill(change.schema or None, change.table, column, value, kept)


def _copy(rename: Rename, column: str, other: str) -> Copy:
    """Fills one of the two columns from the other; its statements are not known yet."""
    return Copy(rename.schema or None, rename.table, column, other, rename)


def _completed(
    operations: Iterable[op.MigrateOperation], expanded: Catalog
) -> list[op.MigrateOperation]:
    """``operations``, with the statements of each copy: ``expanded`` is the catalog between."""
    completed = list(operations)
    for operation in completed:
        if isinstance(operation, Copy):
            rename: Rename = operation.about
            old = column_of(rename, rename.old, expanded)
            new = column_of(rename, rename.new, expanded)
            operation.statements = triggers.created(rename, old, new)
            filled = (new, old) if operation.column == rename.new else (old, new)
            operation.where = triggers.unequal(*filled)
            operation.kept = kept_columns(rename.table_in(expanded), operation.column)
    return completed


def _split(
    operations: Iterable[op.MigrateOperation],
) -> tuple[list[op.MigrateOperation], list[op.MigrateOperation]]:
    """Those that come before the triggers go, and those that drop something, after it."""
    others: list[op.MigrateOperation] = []
    drops: list[op.MigrateOperation] = []
    for operation in operations:
        (drops if _drops(operation) else others).append(operation)
    return others, drops


def _drops(operation: op.MigrateOperation) -> bool:
    if isinstance(operation, ServerStatements):
        return any(" DROP " in statement for statement in operation.statements)
    return isinstance(operation, _DROPS)


def _without_triggers(renames: Sequence[Rename]) -> list[op.MigrateOperation]:
    return [ServerStatements(triggers.dropped(rename)) for rename in renames]
