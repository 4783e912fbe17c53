"""MY101: a table is dropped with its rows."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.parser.syntax import DropTables
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.python_code import quoted
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if not isinstance(statement.parsed, DropTables):
        return
    for table in map(statement.find, statement.parsed.tables):
        if table is None:
            continue
        kept = f"{table.name[:57]}_unused"
        yield Finding(
            "MY101",
            statement.place,
            f"drops the table {table.name} and all its rows",
            why="A downgrade cannot bring the rows back, and running code may still read them.",
            fix="First release code without the model, and keep the rows for one more release:\n"
            f"    op.rename_table({quoted(table.name)}, {quoted(kept)})"
            "  # stillroom: allow MY401 no code uses it\n"
            "Then drop them in a later revision, after a backup:\n"
            f"    op.drop_table({quoted(kept)})  # stillroom: allow MY101 backed up, not needed",
        )


RULE = Rule("MY101", DATA_LOSS, "a table is dropped", each(look))
