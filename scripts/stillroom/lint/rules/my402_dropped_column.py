"""MY402: running code names a column that goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import alter_column, column_code, quoted
from stillroom.lint.rule import RUNNING_CODE, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for column in act.change.dropped if act.change else ():
        yield Finding(
            "MY402",
            act.place,
            f"drops the column {act.table}.{column.name}, which running code may name",
            why="As long as a process runs whose model has the column, each of its SELECTs and "
            "INSERTs on the table fails (error 1054).",
            fix=f"{_relaxed(act, column)}"
            "Release a model first that has the column in its table, and does not map it:\n"
            f"{_model(act, column)}\n"
            "When no other code runs any more, drop it and say so:\n"
            f"    op.drop_column({quoted(act.table)}, {quoted(column.name)})"
            "  # stillroom: allow MY402 no running code maps it",
        )


def _relaxed(act: Act, column: Column) -> str:
    """What lets INSERTs leave the column out."""
    assert act.change is not None
    free = replace(column, nullable=True)
    if column.nullable or column.default is not None or column.generated is not None:
        return ""
    code = alter_column(act.change.before, column, free)
    return f"Let INSERTs leave it out:\n{block(code)}\n"


def _model(act: Act, column: Column) -> str:
    assert act.change is not None
    free = column if column.default else replace(column, nullable=True)
    return block(
        f"__table_args__ = ({column_code(free, act.change.before)},)",
        f'__mapper_args__ = {{"exclude_properties": [{quoted(column.name)}]}}',
    )


RULE = Rule("MY402", RUNNING_CODE, "a column is dropped that running code may name", each(look))
