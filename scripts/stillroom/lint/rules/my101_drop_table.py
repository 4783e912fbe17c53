"""MY101: a table with its rows goes."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.syntax import DropTables
from stillroom.findings import Finding
from stillroom.lint.act import Act
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if not isinstance(act.statement, DropTables):
        return
    for table in map(act.find, act.statement.tables):
        if table is None:
            continue
        yield Finding(
            "MY101",
            act.place,
            f"drops the table {table.name} with all its rows",
            why="No downgrade brings rows back, and code that is still running may read them.",
            fix="Take it out of the models first. Rename it in this release:\n"
            f'    op.rename_table("{table.name}", "{table.name}_unused")\n'
            "and drop it in a later one, with a backup, and the comment\n"
            "    # stillroom: allow MY101 <why nobody needs the rows>",
        )


RULE = Rule("MY101", DATA_LOSS, "a table is dropped", each(look))
