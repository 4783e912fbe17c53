"""MY101: a table with its rows goes."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.parser.syntax import DropTables
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import quoted
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if not isinstance(act.statement, DropTables):
        return
    for table in map(act.find, act.statement.tables):
        if table is None:
            continue
        kept = f"{table.name[:57]}_unused"
        yield Finding(
            "MY101",
            act.place,
            f"drops the table {table.name} with all its rows",
            why="No downgrade brings rows back, and code that is still running may read them.",
            fix="Release the code without its model, then keep the rows for one more release:\n"
            f"    op.rename_table({quoted(table.name)}, {quoted(kept)})"
            "  # stillroom: allow MY401 no code uses it\n"
            "Drop them in a later revision, with a backup:\n"
            f"    op.drop_table({quoted(kept)})  # stillroom: allow MY101 backed up, not missed",
        )


RULE = Rule("MY101", DATA_LOSS, "a table is dropped", each(look))
