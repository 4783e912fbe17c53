"""MY103: a type with room for fewer values."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.measures import narrowing
from stillroom.lint.measures.narrowing import fitted_before
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for old, new in act.change.changed if act.change else ():
        lost = narrowing.refused(old.type, new.type)
        if lost is None or fitted_before(act, old, new, narrowing.refused):
            continue
        yield Finding(
            "MY103",
            act.place,
            f"narrows {act.table}.{new.name} from {shown(old.type)} to {shown(new.type)}",
            why=f"It has no room for {lost.words}: they stop the statement in strict mode, "
            f"and are cut or replaced without. {act.costs}",
            fix="Look for such rows first:\n"
            f"    SELECT COUNT(*) FROM {name_sql(act.table)} WHERE {lost.rows(old.name)}\n"
            "Where there are none, and the code writes none any more, say so on the statement:\n"
            "    # stillroom: allow MY103 no row has such a value",
        )


RULE = Rule("MY103", DATA_LOSS, "a type gets room for fewer values", each(look))
