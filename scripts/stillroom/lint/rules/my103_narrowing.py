"""MY103: a type with room for fewer values."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint import narrowing
from stillroom.lint.act import Act
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for old, new in act.change.changed if act.change else ():
        lost = narrowing.refused(old.type, new.type)
        if not lost:
            continue
        name = f"{act.table}.{new.name}"
        yield Finding(
            "MY103",
            act.place,
            f"narrows {name} from {shown(old.type)} to {shown(new.type)}",
            why=f"It has no room for {lost}: they stop the statement in strict mode, "
            f"and are cut or replaced without. {act.costs}",
            fix="Look for such rows first, in the revision itself:\n"
            f'    rows = "SELECT COUNT(*) FROM {act.table} WHERE ..."\n'
            "    if op.get_bind().exec_driver_sql(rows).scalar():\n"
            f'        raise RuntimeError("{name} holds values that do not fit")',
        )


RULE = Rule("MY103", DATA_LOSS, "a type gets room for fewer values", each(look))
