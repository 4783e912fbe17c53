"""MY204: a type that cuts values without an error, in strict mode too."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint import narrowing
from stillroom.lint.act import Act
from stillroom.lint.rule import WRONG_RESULT, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for old, new in act.change.changed if act.change else ():
        lost = narrowing.rounded(old.type, new.type)
        if lost:
            yield Finding(
                "MY204",
                act.place,
                f"{act.table}.{new.name} goes from {shown(old.type)} to {shown(new.type)} "
                f"and loses {lost}",
                why=f"Every mode of the server lets it through without an error. {act.costs}",
                fix="Keep the values in a second column until nobody needs them:\n"
                f'    op.add_column("{act.table}", sa.Column("{new.name}_exact", ...))',
            )


RULE = Rule("MY204", WRONG_RESULT, "values are rounded or cut without an error", each(look))
