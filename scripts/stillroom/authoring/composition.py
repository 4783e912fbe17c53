"""Composes the operations of a revision: compares, corrects, completes and orders them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from alembic.autogenerate.api import AutogenContext, RevisionContext
from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from stillroom.authoring.corrections.columns import (
    with_free_columns,
    with_inherited_collations,
    with_null_defaults,
    with_nullable_formulas,
    with_parentheses,
    with_whole_defaults,
    without_checks,
)
from stillroom.authoring.corrections.constraints import as_constraints, with_names
from stillroom.authoring.corrections.foreign_keys import leftover_keys, with_actions, without_cycles
from stillroom.authoring.corrections.values import (
    Valued,
    refuse_malformed,
    refuse_unknown,
    refuse_unused,
    with_values,
    without_kept_defaults,
)
from stillroom.authoring.losses import PLACEHOLDER, Loss, losses
from stillroom.authoring.operations.exact_comparison import exact_differences
from stillroom.authoring.operations.loss_marks import marked
from stillroom.authoring.operations.ordering import Ordering, RefusedChange, grouped
from stillroom.authoring.operations.own import Remark, wrapped
from stillroom.authoring.operations.sqlite_equivalents import ModelDefinitions, ReflectedDefinitions
from stillroom.authoring.phase import Phase
from stillroom.authoring.renames.answers import Renamed
from stillroom.authoring.request import Request
from stillroom.authoring.writing.expressions import keep_defaults
from stillroom.catalog import Catalog, quoted_name
from stillroom.drift.alembic_operations import autogenerate, has_comparators_of_its_own, leaves
from stillroom.drift.check import wanted, without_version_table
from stillroom.drift.comparison import differences
from stillroom.drift.declarations import declarations
from stillroom.drift.difference import Difference
from stillroom.drift.python_defaults import with_numbering, with_python_defaults
from stillroom.drift.report import change_words, finding
from stillroom.errors import printable
from stillroom.findings import shown
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.settings import of_config
from stillroom.replay.alembic_project import AlembicProject
from stillroom.replay.server import State


@dataclass(frozen=True)
class Composed:
    """A revision as operations: ``script``, and the ``context`` that writes it.

    ``changes`` say what it does, in words; ``losses`` counts the lines that a person must complete.
    """

    script: op.MigrationScript
    context: AutogenContext
    changes: tuple[str, ...]
    losses: int


class Composition:
    """One revision in the making, for one configuration of Alembic.

    ``models`` is the catalog of the models as they are declared; ``start`` the state of the history
    behind the renames; ``database`` the name of the one that it is for, if there are several.
    """

    def __init__(
        self,
        project: AlembicProject,
        request: Request,
        context: MigrationContext,
        metadata: Sequence[MetaData],
        models: Catalog,
        renamed: Renamed,
        database: str = "",
        phase: Phase | None = None,
    ) -> None:
        self.project, self.request, self.context = project, request, context
        self.metadata, self.renamed, self.database = metadata, renamed, database
        self.phase = phase or Phase()
        self.start = State(self.stripped(renamed.state.catalog), renamed.state.rows)
        self.models = models = with_numbering(models, metadata, self.start.catalog)
        self._kept = with_python_defaults(models, metadata, context, history=self.start.catalog)

    def compose(self, revision: RevisionContext) -> Composed | None:
        """The operations of ``revision``; None if the models need none."""
        script = self._compare(revision)[0]
        upgrade, downgrade = self._correct(script)
        valued = self._value(upgrade)
        self._goal = with_python_defaults(
            self._kept, self.metadata, self.context, keys=valued.defaulted
        )
        changes = self._differences(self.start.catalog, self._goal)
        lost = [*map(self.phase.loss, losses(self.start.catalog, self._goal, changes))]
        up = self._order_upgrade(valued.operations, changes)
        down = self._order_downgrade(downgrade, up.state)
        undone = self.phase.downgrade(down.operations, up.state.catalog)
        operations = [
            *self.renamed.upgrade,
            *self.phase.upgrade(up.operations, up.state.catalog),
        ]
        if all(isinstance(operation, Remark) for operation in operations):
            script.upgrade_ops_list[-1].ops = script.downgrade_ops_list[-1].ops = []
            return None
        in_batches = bool(self.context.opts.get("render_as_batch"))
        script.upgrade_ops_list[-1].ops = marked(grouped(operations), lost, in_batches=in_batches)
        script.downgrade_ops_list[-1].ops = [
            *_docstring([loss for loss in lost if loss.downgrade]),
            *grouped([*undone, *self.renamed.downgrade]),
        ]
        words = [
            printable(f"{rename.words} is renamed to {rename.new}")
            for rename in self.renamed.answered
        ]
        words += (change_words(self._with_database(change)) for change in changes)
        context = alembic_internals.rendering_context(revision)
        open_ = sum(loss.reason == PLACEHOLDER for loss in lost)
        return Composed(script, context, tuple(words), open_)

    def missing(self, catalog: Catalog) -> list[Difference]:
        """How a catalog behind the revision still differs from the models."""
        return self._differences(self.stripped(catalog), self._goal)

    def not_restored(self, before: Catalog, after: Catalog) -> list[Difference]:
        """How a catalog ``after`` the downgrade differs from the one ``before`` the revision."""
        return exact_differences(self.stripped(after), self.stripped(before))

    def _with_database(self, difference: Difference) -> Difference:
        return replace(difference, schema=difference.schema or self.database)

    def stripped(self, catalog: Catalog) -> Catalog:
        """``catalog`` without Alembic's own tables."""
        return without_version_table(catalog, self.context)

    def _compare(self, revision: RevisionContext) -> list[op.MigrationScript]:
        """Let Alembic compare the models with the history."""
        keep_defaults(self.context.impl)
        self._generated = autogenerate(
            self.context, self.metadata, self.start, revision, self._differing_tables()
        )
        return self._generated.scripts

    def _differing_tables(self) -> set[tuple[str, str]] | None:
        """The tables to compare; None for all, if the project compares more than tables."""
        if has_comparators_of_its_own(self.context):
            return None
        found_differences = differences(self.start.catalog, self.models)
        return {(difference.schema, difference.table) for difference in found_differences}

    def _correct(
        self, script: op.MigrationScript
    ) -> tuple[list[op.MigrateOperation], list[op.MigrateOperation]]:
        """The operations up and down, without what Alembic gets wrong."""
        history, dialect = self.start.catalog, self.context.dialect
        upgrade = as_constraints(list(leaves(script.upgrade_ops_list[-1])), history)
        downgrade = as_constraints(list(leaves(script.downgrade_ops_list[-1])), history)
        upgrade = [*_new_schemas(history, self.models), *upgrade]
        upgrade, downgrade = without_cycles(upgrade, downgrade)
        downgrade, upgrade = without_cycles(downgrade, upgrade)
        with_names(upgrade, downgrade, history, self.models)
        with_free_columns([*upgrade, *downgrade])
        without_checks(upgrade)
        with_inherited_collations(upgrade, downgrade)
        with_null_defaults([*upgrade, *downgrade])
        with_parentheses(upgrade, self._kept, dialect)
        with_whole_defaults(upgrade, dialect)
        with_nullable_formulas(upgrade, dialect)
        with_actions(downgrade, history)
        return upgrade, downgrade

    def _value(self, upgrade: Sequence[op.MigrateOperation]) -> Valued:
        """Give new columns a value for existing rows. Raises StillroomError if there is none."""
        history, request = self.start.catalog, self.request
        refuse_unused(upgrade, request, self.models)
        valued = with_values(
            upgrade,
            request,
            self.context.dialect,
            self.models,
            nullable_too=of_config(self.project.config).nullable_defaults,
            added=self.phase.added,
        )
        refuse_malformed(valued.operations, history, self.models)
        refuse_unknown(valued.unknown, request)
        valued.operations = without_kept_defaults(
            valued.operations, history, self._kept, self.models
        )
        return valued

    def _order_upgrade(
        self, operations: Sequence[op.MigrateOperation], changes: Sequence[Difference]
    ) -> Ordering:
        definitions = ModelDefinitions(self.metadata, self.context)
        ordering = Ordering(self.context, self.start, self._goal, self._differences, definitions)
        ordering.take(operations)
        try:
            ordering.complete()
        except RefusedChange as error:
            raise error.at(self._place(error.statement, changes)) from error
        ordering.tidy(leftover_keys(self.start.catalog, ordering.state.catalog, self._goal))
        return ordering

    def _order_downgrade(self, operations: Sequence[op.MigrateOperation], end: State) -> Ordering:
        definitions = ReflectedDefinitions(self.context)
        ordering = Ordering(self.context, end, self.start.catalog, exact_differences, definitions)
        ordering.take(operations)
        ordering.complete()
        return ordering

    def _differences(self, before: Catalog, after: Catalog) -> list[Difference]:
        """The differences that the project does not want left alone."""
        return wanted(differences(before, after), self._generated, self.context)

    def _place(self, statement: str, changes: Sequence[Difference]) -> str:
        """Where the models declare what ``statement`` is about."""
        about = [change for change in changes if quoted_name(change.table) in statement]
        about.sort(key=lambda change: quoted_name(change.name) not in statement)
        places = declarations(self.project.root, {change.table for change in about})
        fallback = shown(self.project.env_py)
        return str(finding(about[0], places, fallback).where) if about else fallback


def _new_schemas(history: Catalog, models: Catalog) -> list[op.MigrateOperation]:
    """The databases of tables with a schema. A downgrade leaves them behind, empty."""
    return [
        op.ExecuteSQLOp(f"CREATE DATABASE IF NOT EXISTS {quoted_name(name)}")
        for name in models.schemas
        if name not in history.schemas
    ]


def _docstring(lost: Sequence[Loss]) -> list[Any]:
    """What the downgrade cannot bring back."""
    if not lost:
        return []
    text = f"Restores the tables, but not {'; '.join(loss.downgrade for loss in lost)}."
    return [Remark(wrapped(text, 84), docstring=True)]
