"""MY504: a foreign key between columns of different types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column, Table
from stillroom.catalog.keys.supporting_indexes import compatible
from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.measures.intended_table import Attempt, attempt
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import alter_column, column_code
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(act: Act) -> Iterator[Finding]:
    wanted = attempt(act)
    for key in wanted.foreign_keys if wanted else ():
        assert wanted is not None
        parent = _parent(act, wanted, key.reference.table.schema, key.reference.table.name)
        if parent is None:
            continue
        theirs = key.reference.columns or key.columns
        for own, other in zip(key.columns, theirs, strict=False):
            here, there = wanted.table.column(own), parent.column(other)
            if here and there and not compatible(here.type, there.type):
                yield _finding(act, wanted.table, here, parent, there)


def _parent(act: Act, wanted: Attempt, schema: str | None, name: str) -> Table | None:
    if name == wanted.table.name and schema in (None, wanted.table.schema):
        return wanted.table
    return act.before.find(schema or act.session.schema or "", name)


def _finding(act: Act, table: Table, here: Column, parent: Table, there: Column) -> Finding:
    kind = replace(there.type, values=here.type.values or there.type.values)
    fitting = replace(here, type=kind)
    before = act.before.find(table.schema, table.name)
    existing = before.column(here.name) if before else None
    code = column_code(fitting, table)
    if before is not None and existing is not None:
        code = alter_column(before, existing, replace(existing, type=kind))
    return Finding(
        "MY504",
        act.place,
        f"makes {table.name}.{here.name} {_words(here)} refer to "
        f"{parent.name}.{there.name} {_words(there)}",
        why="Both must have the same type, sign and character set: the server refuses it (error "
        f"{3780 if act.target.mysql else 1005}).",
        fix=f"Give the column the type of what it refers to:\n{block(code)}",
    )


def _words(column: Column) -> str:
    collation = f" {column.type.collation}" if column.type.collation else ""
    return f"{shown(column.type)}{collation}"


RULE = Rule(
    "MY504", MAY_FAIL, "a foreign key refers to a column of another type", each(look), settles=True
)
