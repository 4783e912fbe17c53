"""MY102: a column with its values goes."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import name_sql, quoted
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for column in act.change.dropped if act.change else ():
        if column.generated is not None:
            continue
        table, name = name_sql(act.table), name_sql(column.name)
        arguments = f"{quoted(act.table)}, {quoted(column.name)}"
        yield Finding(
            "MY102",
            act.place,
            f"drops the column {act.table}.{column.name} with all its values",
            why=f"No downgrade brings values back. {act.costs}",
            fix="See what would be lost:\n"
            f"    SELECT COUNT(*) FROM {table} WHERE {name} IS NOT NULL\n"
            "Drop it in a revision of its own, and say why nobody will miss the values:\n"
            f"    op.drop_column({arguments})"
            "  # stillroom: allow MY102 moved to another column",
        )


RULE = Rule("MY102", DATA_LOSS, "a column is dropped", each(look))
