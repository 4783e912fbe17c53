"""Puts operations into an order in which a server takes them, and completes them.

Every operation is tried on the catalog. One that changes nothing (a phantom), or that changes what
the models do not ask for (an ``alter_column`` that loses a character set), is left out. What is
then missing becomes full statements for MySQL and MariaDB; on other databases the operations that
were left out do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext

from stillroom.authoring.operations.alter_statements import alterations
from stillroom.authoring.operations.own import OWN_OPERATIONS, Fill, ServerStatements
from stillroom.authoring.operations.sqlite_equivalents import Definitions, equivalent_operations
from stillroom.catalog import Catalog
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.alembic_operations import Step, steps
from stillroom.drift.difference import Difference
from stillroom.errors import CannotTell, StillroomError
from stillroom.replay.server import State

_CONVERT = (
    "If values cannot be converted, fill a column of another name from the old one, and drop the "
    "old one\nin a later revision."
)
_BY_HAND = "Change the models, or write a revision by hand that prepares for it."


class RefusedChange(CannotTell):
    """The server refuses a change, such as a type that cannot be converted."""

    def __init__(self, statement: str, error: str, where: str = "") -> None:
        self.statement, self.error = statement, error
        converts = " MODIFY COLUMN " in statement
        super().__init__(
            f"a server would refuse this change: {error}",
            where=where,
            fix=f"It was tried with: {statement}\n{_CONVERT if converts else _BY_HAND}\n"
            "Nothing was written.",
        )

    def at(self, where: str) -> RefusedChange:
        """The same error with its place."""
        return RefusedChange(self.statement, self.error, where)


Compare = Callable[[Catalog, Catalog], list[Difference]]
_ROUNDS = 4


@dataclass
class Ordering:
    """Takes ``state`` to the catalog ``goal`` by operations, in an order that a server accepts.

    ``compare`` returns the differences that count; ``definitions`` knows the goal's tables in
    SQLAlchemy's words.
    """

    context: MigrationContext
    state: State
    goal: Catalog
    compare: Compare
    definitions: Definitions

    def __post_init__(self) -> None:
        self.operations: list[op.MigrateOperation] = []
        self.left_out: list[op.MigrateOperation] = []
        self.allowed = {
            _key(difference) for difference in self.compare(self.state.catalog, self.goal)
        }

    def take(self, candidates: Sequence[op.MigrateOperation]) -> None:
        """Run the ``candidates`` that help, each as soon as it can run."""
        if self._take_all(candidates):
            return
        waiting = list(candidates)
        while waiting:
            late = [operation for operation in waiting if not self._try(operation)]
            if len(late) == len(waiting):
                _refuse_fills(late)
                self.left_out += late
                return
            waiting = late

    def complete(self) -> None:
        """Remove the remaining differences by full statements. Raises RefusedChange."""
        statements: list[str] = []
        missing = self.compare(self.state.catalog, self.goal)
        others = equivalent_operations(missing, self.state.catalog, self.goal, self.definitions)
        for attempt in range(_ROUNDS):
            left = self.compare(self.state.catalog, self.goal)
            if not left:
                break
            regenerate = attempt == 0
            for text in alterations(self.state.catalog, self.goal, left, regenerate=regenerate):
                statement = _on_one_line(text) if text.startswith("CREATE TABLE") else text
                step = self._run(ServerStatements([statement]))
                if step.error:
                    raise RefusedChange(statement, step.error)
                statements.append(statement)
                self.state = State(step.after, self.state.rows)
        if statements:
            others = grouped([*self.left_out, *others])
            self.operations.append(ServerStatements(statements, others))

    def tidy(self, statements: Iterable[str]) -> None:
        """Run those of ``statements`` that a server accepts."""
        for text in statements:
            step = self._run(ServerStatements([text]))
            if not step.error:
                self.operations.append(ServerStatements([text]))
                self.state = State(step.after, self.state.rows)

    def _take_all(self, candidates: Sequence[op.MigrateOperation]) -> bool:
        """Run all in the given order, which mostly works; False if one does not help."""
        done = list(steps(candidates, self.context, self.state))
        useful = [
            step
            for step in done
            if isinstance(step.operation, OWN_OPERATIONS) or not self._is_phantom(step)
        ]
        if any(
            step.error or self._is_of_no_account(step) or not self._helps(step) for step in useful
        ):
            return False
        self.operations += [step.operation for step in useful]
        if done:
            self.state = State(done[-1].after, self.state.rows)
        return True

    def _try(self, operation: op.MigrateOperation) -> bool:
        """Run one; False if it cannot run yet."""
        if isinstance(operation, OWN_OPERATIONS):
            if isinstance(operation, Fill) and not self._has_column(operation):
                return False
            self.operations.append(operation)
            return True
        step = self._run(operation)
        if step.error:
            return False
        if self._is_phantom(step):
            return True
        if self._is_of_no_account(step):
            return False  # perhaps it is, once others have run
        if self._helps(step):
            self.operations.append(operation)
            self.state = State(step.after, self.state.rows)
        else:
            self.left_out.append(operation)
        return True

    def _has_column(self, fill: Fill) -> bool:
        table = self.state.catalog.find(fill.schema or DEFAULT_SCHEMA, fill.table)
        return table is not None and table.column(fill.column) is not None

    def _run(self, operation: op.MigrateOperation) -> Step:
        return next(iter(list(steps([operation], self.context, self.state))))

    def _is_phantom(self, step: Step) -> bool:
        # What a project's own hook adds, such as statements for rows, need not change tables.
        known = type(step.operation).__module__ == op.__name__
        return step.is_phantom and known and not isinstance(step.operation, op.ExecuteSQLOp)

    def _is_of_no_account(self, step: Step) -> bool:
        """Whether the step drops an index that may stay, because the models need one like it.

        Alembic does not know which indexes serve a foreign key.
        """
        return isinstance(step.operation, op.DropIndexOp) and not (step.error or step.changes)

    def _helps(self, step: Step) -> bool:
        """Whether after the step nothing differs that did not differ before."""
        if isinstance(step.operation, OWN_OPERATIONS):
            return True
        if self._leaves_unnumbered(step) or self._loses_formula(step):
            return False
        left = self.compare(step.after, self.goal)
        return all(self._is_allowed(difference) for difference in left)

    def _leaves_unnumbered(self, step: Step) -> bool:
        """Whether it adds a column that is to number the rows, which would then all have 0."""
        operation = step.operation
        if not isinstance(operation, op.AddColumnOp):
            return False
        place = (operation.schema or DEFAULT_SCHEMA, operation.table_name)
        after, goal = step.after.find(*place), self.goal.find(*place)
        column = after.column(operation.column.name) if after else None
        wanted = goal.column(operation.column.name) if goal else None
        return bool(column and wanted and wanted.auto_increment and not column.auto_increment)

    def _loses_formula(self, step: Step) -> bool:
        """Whether it makes a generated column a plain one, which the models do not want.

        Alembic 1.16 does so to a column with another type and another formula.
        """
        operation = step.operation
        if not isinstance(operation, op.AlterColumnOp):
            return False
        place = (operation.schema or DEFAULT_SCHEMA, operation.table_name)
        tables = (step.before.find(*place), self.goal.find(*place), step.after.find(*place))
        columns = [table.column(operation.column_name) if table else None for table in tables]
        formulas = [column and column.generated for column in columns]
        return None not in formulas[:2] and formulas[2] is None

    def _is_allowed(self, difference: Difference) -> bool:
        schema, table, kind, name, aspect = _key(difference)
        return not self.allowed.isdisjoint(
            {
                (schema, table, kind, name, aspect),
                (schema, table, kind, name, ""),
                (schema, table, kind, name, "position"),
                (schema, table, "table", table.lower(), ""),
            }
        )


def _refuse_fills(operations: Iterable[op.MigrateOperation]) -> None:
    """Raise StillroomError if a fill waits for a column that no operation can add."""
    for operation in operations:
        if isinstance(operation, Fill):
            name = ".".join(filter(None, (operation.schema, operation.table, operation.column)))
            raise StillroomError(
                f"fill: {name} cannot be added before its rows are filled",
                fix=(
                    "Add it in a revision written by hand: make revision empty=1. Nothing was"
                    " written."
                ),
            )


def grouped(operations: Iterable[op.MigrateOperation]) -> list[op.MigrateOperation]:
    """``operations``, with neighbours on one table in one ModifyTableOps, as batches need them."""
    groups: list[op.MigrateOperation] = []
    last: op.ModifyTableOps | None = None
    for operation in operations:
        if not isinstance(operation, _IN_TABLE):
            before = groups[-1] if groups else None
            if _is_plain(operation) and _is_plain(before):
                groups[-1] = ServerStatements([*before.statements, *operation.statements])
            else:
                groups.append(operation)
            last = None
            continue
        table, schema = _place(operation)
        if last is None or (last.table_name, last.schema) != (table, schema) or _renames(operation):
            last = op.ModifyTableOps(table, [], schema=schema)
            groups.append(last)
        last.ops.append(operation)
        if _renames(operation):
            last = None
    return groups


def _is_plain(operation: op.MigrateOperation | None) -> TypeGuard[ServerStatements]:
    return isinstance(operation, ServerStatements) and not operation.equivalents


_IN_TABLE = (
    op.AlterColumnOp,
    op.AddColumnOp,
    op.DropColumnOp,
    op.AddConstraintOp,
    op.DropConstraintOp,
    op.CreateIndexOp,
    op.DropIndexOp,
    op.CreateTableCommentOp,
    op.DropTableCommentOp,
)


def _renames(operation: op.MigrateOperation) -> bool:
    """Whether it renames a column: a batch knows its columns by the names that they had before."""
    return isinstance(operation, op.AlterColumnOp) and operation.modify_name is not None


def _place(operation: Any) -> tuple[str, str | None]:
    """The table of an operation and its schema; a foreign key calls them by names of its own."""
    if isinstance(operation, op.CreateForeignKeyOp):
        return operation.source_table, operation.kw.get("source_schema")
    return operation.table_name, operation.schema


def _key(difference: Difference) -> tuple[str, str, str, str, str]:
    name = difference.name.lower()
    return difference.schema, difference.table, difference.kind, name, difference.aspect


def _on_one_line(create: str) -> str:
    """A CREATE TABLE as the server prints it, without its lines."""
    return create.replace("\n ", "").replace("\n", "")
