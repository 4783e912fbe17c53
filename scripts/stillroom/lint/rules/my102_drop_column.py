"""MY102: a column with its values goes."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.act import Act
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.change is None:
        return
    for column in act.change.dropped:
        if column.generated is not None:
            continue
        name = f"{act.table}.{column.name}"
        yield Finding(
            "MY102",
            act.place,
            f"drops the column {name} with all its values",
            why="No downgrade brings values back, and code that is still running names the column "
            f"in every SELECT and INSERT of its model (error 1054). {act.costs}",
            fix="Release the code without the column first; the model may keep it as\n"
            f'    {column.name} = deferred(mapped_column("{column.name}", ...))\n'
            "Then drop it in a revision of its own, with the comment\n"
            "    # stillroom: allow MY102 <no running code uses it>",
        )


RULE = Rule("MY102", DATA_LOSS, "a column is dropped", each(look))
