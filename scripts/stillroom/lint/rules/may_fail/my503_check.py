"""MY503: a CHECK is added that existing rows may violate."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import query
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    for check in statement.change.new_checks if statement.change else ():
        if not check.enforced:
            continue
        table = name_sql(statement.table)
        yield Finding(
            "MY503",
            statement.place,
            f"adds the CHECK {check.name} to {statement.table}, which existing rows may violate",
            why="One row that violates it stops the statement "
            f"(error {3819 if statement.target.mysql else 4025}). {statement.costs}",
            fix="Look for such rows first:\n"
            f"{query(f'SELECT * FROM {table} WHERE NOT ({check.expression})')}\n"
            "If there are none, and no code writes any, say so on the statement:\n"
            "    # stillroom: allow MY503 every row satisfies it",
        )


RULE = Rule("MY503", MAY_FAIL, "a CHECK is added that existing rows may violate", each(look))
