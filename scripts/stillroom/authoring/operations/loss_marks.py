"""Puts the line with which a person allows a loss above the operation that loses the data.

There the linter looks for it: an allowance covers the statement that follows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic.operations import ops as op

from stillroom.authoring.losses import Loss
from stillroom.authoring.operations.own import Remark, ServerStatements, wrapped
from stillroom.catalog import quoted_name


def marked(
    operations: Sequence[op.MigrateOperation], lost: Sequence[Loss], *, in_batches: bool
) -> list[op.MigrateOperation]:
    """``operations``, as ``grouped`` returns them, with a remark above each that loses data.

    ``in_batches`` says whether those on one table are written as one statement.
    """
    left = list(lost)
    marked: list[op.MigrateOperation] = []
    for operation in operations:
        if isinstance(operation, op.ModifyTableOps) and not in_batches:
            operation.ops = [
                each for inner in operation.ops for each in (*_remarks([inner], left), inner)
            ]
        else:
            inside = operation.ops if isinstance(operation, op.ModifyTableOps) else [operation]
            marked += _remarks(inside, left)
        marked.append(operation)
    return [*map(_remark, left), *marked]  # of what a project's own operations lose


def _remarks(operations: Sequence[op.MigrateOperation], left: list[Loss]) -> Iterator[Remark]:
    """One for each loss of ``operations``, which goes from ``left``."""
    for loss in list(left):
        if any(_loses(operation, loss) for operation in operations):
            left.remove(loss)
            yield _remark(loss)


def _remark(loss: Loss) -> Remark:
    return Remark([*wrapped(loss.what), loss.lines[-1]])


def _loses(operation: op.MigrateOperation, loss: Loss) -> bool:
    if isinstance(operation, ServerStatements):
        return any(_is_in(statement, loss) for statement in operation.statements)
    place = (getattr(operation, "schema", None) or "", getattr(operation, "table_name", ""))
    if place != (loss.schema, loss.table):
        return False
    if isinstance(operation, op.DropTableOp):
        return not loss.column
    column = getattr(operation, "column_name", "").lower()
    altered = isinstance(operation, op.AlterColumnOp) and operation.modify_type is not None
    return (isinstance(operation, op.DropColumnOp) or altered) and column == loss.column.lower()


def _is_in(statement: str, loss: Loss) -> bool:
    name = quoted_name(loss.table)
    own = f"{quoted_name(loss.schema)}.{name}" if loss.schema else name
    if not loss.column:
        return statement == f"DROP TABLE {own}"
    column = quoted_name(loss.column)
    named = (f"DROP COLUMN {column}", f"MODIFY COLUMN {column} ")
    return statement.startswith(f"ALTER TABLE {own} ") and any(text in statement for text in named)
