"""MY401: running code knows tables and columns by their old names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.catalog.parser.syntax import AlterTable, RenameTables, RenameTo
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, mapped_code, name_sql, sql_call
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
                yield _column(act, before, after)


def _table(act: Act, old: str, new: str) -> Finding:
    view = f"CREATE VIEW {name_sql(old)} AS SELECT * FROM {name_sql(new)}"
    return Finding(
        "MY401",
        act.place,
        f"renames the table {old} to {new}",
        why="Code that is still running asks for the old name and gets error 1146.",
        fix="Keep the old name as a view, right behind it, until no code uses it:\n"
        f"{block(sql_call(view))}\n"
        "and say so on the rename:\n"
        f"    # stillroom: allow MY401 {old} stays as a view",
    )


def _column(act: Act, before: Column, after: Column) -> Finding:
    assert act.change is not None
    old, new = before.name, after.name
    added = replace(after, nullable=True, default=None)
    return Finding(
        "MY401",
        act.place,
        f"renames the column {act.table}.{old} to {new}",
        why="Code that is still running asks for the old name and gets error 1054. " + act.costs,
        fix="Rename it in the model alone:\n"
        f"{block(mapped_code(new, before, act.change.before))}\n"
        f"or add {new}, write to both, fill it, read from it, and drop {old} in a later revision:\n"
        f"{block(add_column(act.change.before, added))}",
    )


RULE = Rule("MY401", RUNNING_CODE, "a table or column is renamed", each(look))
