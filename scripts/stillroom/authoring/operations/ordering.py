"""Puts operations into an order in which a server takes them, and completes them.

Every operation is tried on the catalog. One that changes nothing, or that changes something which
the models do not ask for, is left out: a phantom, or an ``alter_column`` that would lose a
character set on its way. What is then still missing becomes full statements; the operations that
were left out do the same where there are no such statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext

from stillroom.authoring.operations.alter_statements import alterations
from stillroom.authoring.operations.own import OWN, ServerStatements
from stillroom.authoring.operations.sqlite_equivalents import Origin, elsewhere
from stillroom.catalog import Catalog
from stillroom.drift.alembic_operations import Step, steps
from stillroom.drift.difference import Difference
from stillroom.errors import CannotTell
from stillroom.replay.server import State


class Refused(CannotTell):
    """A server cannot make a change at all, such as one of a type that it cannot convert."""

    def __init__(self, statement: str, error: str, where: str = "") -> None:
        self.statement, self.error = statement, error
        super().__init__(
            f"a server would refuse this change: {error}",
            where=where,
            fix=f"It was tried with: {statement}\n"
            "Take another way there: values that cannot be converted, say, go into a column of "
            "another\nname that is filled from the old one, which a later revision drops. Nothing "
            "was written.",
        )

    def at(self, where: str) -> Refused:
        """The same with its place."""
        return Refused(self.statement, self.error, where)


Compare = Callable[[Catalog, Catalog], list[Difference]]
_ROUNDS = 4


@dataclass
class Arrangement:
    """Takes a state to a catalog, whose tables have an ``origin``; ``compare`` says what counts."""

    context: MigrationContext
    state: State
    goal: Catalog
    compare: Compare
    origin: Origin

    def __post_init__(self) -> None:
        self.operations: list[op.MigrateOperation] = []
        self.left_out: list[op.MigrateOperation] = []
        self.allowed = {_key(one) for one in self.compare(self.state.catalog, self.goal)}

    def take(self, candidates: Sequence[op.MigrateOperation]) -> None:
        """Run those of ``candidates`` that help, each as soon as it can run."""
        if self._take_all(candidates):
            return
        waiting = list(candidates)
        while waiting:
            late = [one for one in waiting if not self._try(one)]
            if len(late) == len(waiting):
                self.left_out += late
                return
            waiting = late

    def complete(self) -> None:
        """Remove the differences that are left by full statements. Raises CannotTell."""
        statements: list[str] = []
        missing = self.compare(self.state.catalog, self.goal)
        others = elsewhere(missing, self.state.catalog, self.goal, self.origin)
        for attempt in range(_ROUNDS):
            left = self.compare(self.state.catalog, self.goal)
            if not left:
                break
            regenerate = attempt == 0
            for text in alterations(self.state.catalog, self.goal, left, regenerate=regenerate):
                step = self._run(ServerStatements([text]))
                if step.error:
                    raise Refused(text, step.error)
                statements.append(text)
                self.state = State(step.after, self.state.rows)
        if statements:
            others = grouped([*self.left_out, *others])
            self.operations.append(ServerStatements(statements, others))

    def tidy(self, statements: Iterable[str]) -> None:
        """Run those of ``statements`` that a server takes."""
        for text in statements:
            step = self._run(ServerStatements([text]))
            if not step.error:
                self.operations.append(ServerStatements([text]))
                self.state = State(step.after, self.state.rows)

    def _take_all(self, candidates: Sequence[op.MigrateOperation]) -> bool:
        """Whether all of them help in the order given, which is what mostly happens."""
        done = list(steps(candidates, self.context, self.state))
        useful = [
            one for one in done if isinstance(one.operation, OWN) or not self._is_phantom(one)
        ]
        if any(one.error or not self._helps(one) for one in useful):
            return False
        self.operations += [one.operation for one in useful]
        if done:
            self.state = State(done[-1].after, self.state.rows)
        return True

    def _try(self, operation: op.MigrateOperation) -> bool:
        """Run one; False if it cannot run yet."""
        if isinstance(operation, OWN):
            self.operations.append(operation)
            return True
        step = self._run(operation)
        if step.error:
            return False
        if self._is_phantom(step):
            return True
        if self._helps(step):
            self.operations.append(operation)
            self.state = State(step.after, self.state.rows)
        else:
            self.left_out.append(operation)
        return True

    def _run(self, operation: op.MigrateOperation) -> Step:
        return next(iter(list(steps([operation], self.context, self.state))))

    def _is_phantom(self, step: Step) -> bool:
        # What a project's own hook adds, such as statements for rows, need not change tables.
        known = type(step.operation).__module__ == op.__name__
        return step.is_phantom and known and not isinstance(step.operation, op.ExecuteSQLOp)

    def _helps(self, step: Step) -> bool:
        """Whether after the step nothing differs that did not differ before."""
        if isinstance(step.operation, OWN):
            return True
        left = self.compare(step.after, self.goal)
        return all(self._is_allowed(one) for one in left)

    def _is_allowed(self, one: Difference) -> bool:
        schema, table, kind, name, aspect = _key(one)
        return not self.allowed.isdisjoint(
            {
                (schema, table, kind, name, aspect),
                (schema, table, kind, name, ""),
                (schema, table, kind, name, "position"),
                (schema, table, "table", table.lower(), ""),
            }
        )


def grouped(operations: Iterable[op.MigrateOperation]) -> list[op.MigrateOperation]:
    """Neighbours that change one table under one roof, as Alembic renders them in batch form."""
    found: list[op.MigrateOperation] = []
    last: op.ModifyTableOps | None = None
    for one in operations:
        if not isinstance(one, _IN_TABLE):
            before = found[-1] if found else None
            if _is_plain(one) and _is_plain(before):
                found[-1] = ServerStatements([*before.statements, *one.statements])
            else:
                found.append(one)
            last = None
            continue
        table, schema = _place(one)
        if last is None or (last.table_name, last.schema) != (table, schema) or _renames(one):
            last = op.ModifyTableOps(table, [], schema=schema)
            found.append(last)
        last.ops.append(one)
        if _renames(one):
            last = None
    return found


def _is_plain(one: op.MigrateOperation | None) -> TypeGuard[ServerStatements]:
    return isinstance(one, ServerStatements) and not one.elsewhere


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


def _renames(one: op.MigrateOperation) -> bool:
    """Whether it renames a column: a batch knows its columns by the names that they had before."""
    return isinstance(one, op.AlterColumnOp) and one.modify_name is not None


def _place(one: Any) -> tuple[str, str | None]:
    """The table of an operation and its schema; a foreign key calls them by names of its own."""
    if isinstance(one, op.CreateForeignKeyOp):
        return one.source_table, one.kw.get("source_schema")
    return one.table_name, one.schema


def _key(one: Difference) -> tuple[str, str, str, str, str]:
    return one.schema, one.table, one.kind, one.name.lower(), one.aspect
