"""MY401: running code knows tables and columns by their old names."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.syntax import AlterTable, RenameTables, RenameTo
from stillroom.findings import Finding
from stillroom.lint.act import Act
from stillroom.lint.rule import RUNNING_CODE, Rule, each


def look(act: Act) -> Iterator[Finding]:
    statement = act.statement
    pairs = []
    if isinstance(statement, RenameTables):
        pairs = list(statement.pairs)
    elif isinstance(statement, AlterTable):
        renamed = [one for one in statement.actions if isinstance(one, RenameTo)]
        pairs = [(statement.table, one.table) for one in renamed]
    for old, new in pairs:
        if act.find(old) is not None:
            yield _table(act, old.name, new.name)
    if act.change is not None:
        for before, after in act.change.kept:
            if before.name.lower() != after.name.lower():
                yield _column(act, before.name, after.name)


def _table(act: Act, old: str, new: str) -> Finding:
    return Finding(
        "MY401",
        act.place,
        f"renames the table {old} to {new}",
        why="Code that is still running asks for the old name and gets error 1146.",
        fix="Keep the old name as a view until no code uses it:\n"
        f'    op.execute("CREATE VIEW {old} AS SELECT * FROM {new}")',
    )


def _column(act: Act, old: str, new: str) -> Finding:
    return Finding(
        "MY401",
        act.place,
        f"renames the column {act.table}.{old} to {new}",
        why="Code that is still running asks for the old name and gets error 1054. " + act.costs,
        fix="Rename it in the model alone:\n"
        f'    {new} = mapped_column("{old}", ...)\n'
        f"or add {new}, write to both, fill it, read from it, and drop {old} in a later revision.",
    )


RULE = Rule("MY401", RUNNING_CODE, "a table or column is renamed", each(look))
