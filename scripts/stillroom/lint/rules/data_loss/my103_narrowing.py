"""MY103: a type becomes narrower."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.measures import narrowing
from stillroom.lint.measures.narrowing import fitted_before
from stillroom.lint.remedies.blocks import capitalized, query
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    for old, new in statement.change.changed if statement.change else ():
        lost = narrowing.refused(old.type, new.type)
        if lost is None or fitted_before(statement, old, new, narrowing.refused):
            continue
        table = name_sql(statement.table)
        yield Finding(
            "MY103",
            statement.place,
            f"narrows {statement.table}.{new.name} from {shown(old.type)} to {shown(new.type)}",
            why=f"{capitalized(lost.words)} do not fit: strict mode stops the statement, and other "
            f"modes cut or replace them. {statement.costs}",
            fix="Look for such rows first:\n"
            f"{query(f'SELECT COUNT(*) FROM {table} WHERE {lost.rows(old.name)}')}\n"
            "If there are none, and no code writes any, say so on the statement:\n"
            "    # stillroom: allow MY103 no row has such a value",
        )


RULE = Rule("MY103", DATA_LOSS, "a type becomes narrower", each(look))
