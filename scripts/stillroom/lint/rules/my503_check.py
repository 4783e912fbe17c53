"""MY503: a CHECK that rows may break."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.act import Act
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
            fix="Look for them before, and mend them in a revision of its own:\n"
            f"    SELECT * FROM {act.table} WHERE NOT ({check.expression})",
        )


RULE = Rule("MY503", MAY_FAIL, "a CHECK is put on rows that exist", each(look))
