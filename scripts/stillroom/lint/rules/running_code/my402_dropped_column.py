"""MY402: a column is dropped that running code may use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import alter_column, column_code, quoted
from stillroom.lint.rule import RUNNING_CODE, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    for column in statement.change.dropped if statement.change else ():
        if statement.change and statement.change.after.column(column.name) is not None:
            continue  # it is made anew
        yield Finding(
            "MY402",
            statement.place,
            f"drops the column {statement.table}.{column.name}, which running code may use",
            why=(
                "The model in running code still has the column, so that its SELECTs and"
                " INSERTs on the table fail (error 1054)."
            ),
            fix=(
                f"{_relaxed(statement, column)}First release a model that has the column"
                " in its table, but does not map it:\n"
                f"{_model(statement, column)}\nWhen no other code runs any more, drop the"
                f" column and say so:\n    op.drop_column({quoted(statement.table)}, "
                f"{quoted(column.name)})  # stillroom: allow MY402 no running code maps it"
            ),
        )


def _relaxed(statement: RevisionStatement, column: Column) -> str:
    """What lets INSERTs leave the column out."""
    assert statement.change is not None
    free = replace(column, nullable=True)
    if column.nullable or column.default is not None or column.generated is not None:
        return ""
    code = alter_column(statement.change.before, column, free)
    return f"Let INSERTs leave it out:\n{block(code)}\n"


def _model(statement: RevisionStatement, column: Column) -> str:
    assert statement.change is not None
    free = column if column.default else replace(column, nullable=True)
    return block(
        f"__table_args__ = ({column_code(free, statement.change.before)},)",
        f'__mapper_args__ = {{"exclude_properties": [{quoted(column.name)}]}}',
    )


RULE = Rule("MY402", RUNNING_CODE, "a column is dropped that running code may use", each(look))
