"""MY403: a column that running code does not write becomes required."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, alter_column, with_default
from stillroom.lint.rule import RUNNING_CODE, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.change is None:
        return
    for column in act.change.added:
        if _required(column):
            code = add_column(act.change.after, with_default(column))
            yield _finding(act, column, "adds the required column", "without a default", code)
    for old, new in act.change.changed:
        if not _required(new) or _required(old):
            continue
        what = "makes" if old.nullable else "takes its default from"
        rest = "required, without a default" if old.nullable else "which is required"
        kept = with_default(replace(new, default=None if old.nullable else old.default))
        before = replace(old, default=None) if old.nullable else replace(old, nullable=True)
        code = alter_column(act.change.before, before, kept)
        yield _finding(act, new, what, rest, code)


def _required(column: Column) -> bool:
    by_itself = column.generated is not None or column.auto_increment
    return not column.nullable and column.default is None and not by_itself


def _finding(act: Act, column: Column, what: str, rest: str, code: str) -> Finding:
    name = f"{act.table}.{column.name}"
    comma = ", " if rest.startswith("which") else " "
    return Finding(
        "MY403",
        act.place,
        f"{what} {name}{comma}{rest}",
        why="Code that is still running does not name the column in its INSERTs, or gives NULL: "
        "they fail (error 1364 or 1048).",
        fix=f"Give it a default of the server, for as long as old code runs:\n{block(code)}",
    )


RULE = Rule(
    "MY403", RUNNING_CODE, "a column becomes required that running code may not write", each(look)
)
