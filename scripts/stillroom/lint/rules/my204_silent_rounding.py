"""MY204: a type that cuts values without an error, in strict mode too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.measures import narrowing
from stillroom.lint.measures.narrowing import fitted_before
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, name_sql, sql_call
from stillroom.lint.rule import WRONG_RESULT, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for old, new in act.change.changed if act.change else ():
        lost = narrowing.rounded(old.type, new.type)
        if lost and not fitted_before(act, old, new, narrowing.rounded):
            exact = replace(old, name=f"{old.name[:58]}_exact", nullable=True, default=None)
            fill = (
                f"UPDATE {name_sql(act.table)} SET {name_sql(exact.name)} = {name_sql(old.name)} "
                f"WHERE {lost.rows(old.name)}"
            )
            column = add_column(act.change.before, exact)  # type: ignore[union-attr]
            yield Finding(
                "MY204",
                act.place,
                f"{act.table}.{new.name} goes from {shown(old.type)} to {shown(new.type)} "
                f"and loses {lost.words}",
                why=f"Every mode of the server lets it through without an error. {act.costs}",
                fix="Keep what is lost in a second column, in revisions before:\n"
                f"{block(column)}\nand\n{block(sql_call(fill))}\n"
                "Then say so on the statement:\n"
                "    # stillroom: allow MY204 the exact values are kept",
            )


RULE = Rule("MY204", WRONG_RESULT, "values are rounded or cut without an error", each(look))
