"""MY401: a table or column is renamed, and running code uses the old name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.catalog.parser.syntax import AlterTable, RenameTables, RenameTo
from stillroom.errors import printable
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, mapped_code, name_sql, sql_call
from stillroom.lint.rule import RUNNING_CODE, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    parsed = statement.parsed
    pairs = []
    if isinstance(parsed, RenameTables):
        pairs = list(parsed.pairs)
    elif isinstance(parsed, AlterTable):
        renamed = [action for action in parsed.actions if isinstance(action, RenameTo)]
        pairs = [(parsed.table, action.table) for action in renamed]
    for old, new in pairs:
        if statement.find(old) is not None:
            yield _table(statement, old.name, new.name)
    if statement.change is not None:
        for before, after in statement.change.kept:
            if before.name.lower() != after.name.lower():
                yield _column(statement, before, after)


def _table(statement: RevisionStatement, old: str, new: str) -> Finding:
    view = f"CREATE VIEW {name_sql(old)} AS SELECT * FROM {name_sql(new)}"
    return Finding(
        "MY401",
        statement.place,
        f"renames the table {old} to {new}",
        why="Running code uses the old name, and gets error 1146.",
        fix="Right after the rename, keep the old name as a view until no code uses it:\n"
        f"{block(sql_call(view))}\n"
        "and say so on the rename:\n"
        f"    # stillroom: allow MY401 {printable(old)} stays as a view",
    )


def _column(statement: RevisionStatement, before: Column, after: Column) -> Finding:
    assert statement.change is not None
    old, new = before.name, after.name
    added = replace(after, nullable=True, default=None)
    return Finding(
        "MY401",
        statement.place,
        f"renames the column {statement.table}.{old} to {new}",
        why=f"Running code uses the old name, and gets error 1054. {statement.costs}",
        fix="Rename the attribute of the model only:\n"
        f"{block(mapped_code(new, before, statement.change.before))}\n"
        f"or add {printable(new)}, write to both, fill it, read from it, and drop "
        f"{printable(old)} in a later revision:\n"
        f"{block(add_column(statement.change.before, added))}",
    )


RULE = Rule("MY401", RUNNING_CODE, "a table or column is renamed", each(look))
