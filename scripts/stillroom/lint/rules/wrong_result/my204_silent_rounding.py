"""MY204: values are rounded or cut without an error, in strict mode too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.measures import narrowing
from stillroom.lint.measures.narrowing import fitted_before
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, name_sql, sql_call
from stillroom.lint.rule import WRONG_RESULT, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    for old, new in statement.change.changed if statement.change else ():
        lost = narrowing.rounded(old.type, new.type)
        if lost and not fitted_before(statement, old, new, narrowing.rounded):
            exact = replace(old, name=f"{old.name[:58]}_exact", nullable=True, default=None)
            fill = (
                f"UPDATE {name_sql(statement.table)} "
                f"SET {name_sql(exact.name)} = {name_sql(old.name)} "
                f"WHERE {lost.rows(old.name)}"
            )
            column = add_column(statement.change.before, exact)  # type: ignore[union-attr]
            yield Finding(
                "MY204",
                statement.place,
                f"{statement.table}.{new.name} changes from {shown(old.type)} to {shown(new.type)} "
                f"and loses {lost.words}",
                why=f"The server does this without an error, in strict mode too. {statement.costs}",
                fix="First keep the exact values in a second column. Add it in one revision:\n"
                f"{block(column)}\nand fill it in the next:\n{block(sql_call(fill))}\n"
                "Then say so on the statement:\n"
                "    # stillroom: allow MY204 the exact values are kept",
            )


RULE = Rule("MY204", WRONG_RESULT, "values are rounded or cut without an error", each(look))
