"""MY503: a CHECK that rows may break."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for check in act.change.new_checks if act.change else ():
        if not check.enforced:
            continue
        yield Finding(
            "MY503",
            act.place,
            f"puts the CHECK {check.name} on {act.table}, which may have rows",
            why="One row that breaks it stops the statement "
            f"(error {3819 if act.target.mysql else 4025}). {act.costs}",
            fix="Look for such rows before:\n"
            f"    SELECT * FROM {name_sql(act.table)} WHERE NOT ({check.expression})\n"
            "Where there are none, and the code makes none any more, say so on the statement:\n"
            "    # stillroom: allow MY503 every row fulfils it",
        )


RULE = Rule("MY503", MAY_FAIL, "a CHECK is put on rows that exist", each(look))
