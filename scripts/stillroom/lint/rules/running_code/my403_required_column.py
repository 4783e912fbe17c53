"""MY403: a column becomes required that running code may not write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, alter_column, with_default
from stillroom.lint.rule import RUNNING_CODE, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if statement.change is None:
        return
    for column in statement.change.added:
        if column.is_required:
            code = add_column(statement.change.after, with_default(column))
            yield _finding(statement, column, "adds the required column", "without a default", code)
    for old, new in statement.change.changed:
        if old.is_required or not (new.is_required or (old.nullable and _takes_its_first(new))):
            continue
        what = "makes" if old.nullable else "removes the default of"
        rest = "required, without a default" if old.nullable else "which is required"
        kept = with_default(replace(new, default=None if old.nullable else old.default))
        before = replace(old, default=None) if old.nullable else replace(old, nullable=True)
        code = alter_column(statement.change.before, before, kept)
        yield _finding(statement, new, what, rest, code)


def _takes_its_first(column: Column) -> bool:
    """Whether INSERTs may leave it out, but not write NULL."""
    return column.type.name == "enum" and not column.nullable and column.default is None


def _finding(
    statement: RevisionStatement, column: Column, what: str, rest: str, code: str
) -> Finding:
    name = f"{statement.table}.{column.name}"
    comma = ", " if rest.startswith("which") else " "
    return Finding(
        "MY403",
        statement.place,
        f"{what} {name}{comma}{rest}",
        why="INSERTs of running code that leave the column out, or write NULL, fail (error 1364 or "
        "1048).",
        fix=f"Give it a server default for as long as old code runs:\n{block(code)}",
    )


RULE = Rule(
    "MY403", RUNNING_CODE, "a column becomes required that running code may not write", each(look)
)
