"""MY102: a column is dropped with its values."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import query
from stillroom.lint.remedies.python_code import name_sql, quoted
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    for column in statement.change.dropped if statement.change else ():
        if column.generated is not None:
            continue
        table, name = name_sql(statement.table), name_sql(column.name)
        arguments = f"{quoted(statement.table)}, {quoted(column.name)}"
        yield Finding(
            "MY102",
            statement.place,
            f"drops the column {statement.table}.{column.name} and all its values",
            why=f"A downgrade cannot bring the values back. {statement.costs}",
            fix="Count what would be lost:\n"
            f"{query(f'SELECT COUNT(*) FROM {table} WHERE {name} IS NOT NULL')}\n"
            "Drop the column in a revision of its own, and give the reason:\n"
            f"    op.drop_column({arguments})"
            "  # stillroom: allow MY102 moved to another column",
        )


RULE = Rule("MY102", DATA_LOSS, "a column is dropped", each(look))
