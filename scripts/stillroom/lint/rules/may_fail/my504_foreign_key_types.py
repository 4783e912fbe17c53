"""MY504: a foreign key refers to a column of another type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column, Table
from stillroom.catalog.keys.supporting_indexes import compatible
from stillroom.cost.types import shown
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.measures.intended_table import IntendedTable, intended_table
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import alter_column, column_code
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    wanted = intended_table(statement)
    for key in wanted.foreign_keys if wanted else ():
        assert wanted is not None
        parent = _parent(statement, wanted, key.reference.table.schema, key.reference.table.name)
        if parent is None:
            continue
        theirs = key.reference.columns or key.columns
        for own, other in zip(key.columns, theirs, strict=False):
            here, there = wanted.table.column(own), parent.column(other)
            if here and there and not compatible(here.type, there.type):
                yield _finding(statement, wanted.table, here, parent, there)


def _parent(
    statement: RevisionStatement, wanted: IntendedTable, schema: str | None, name: str
) -> Table | None:
    if name == wanted.table.name and schema in (None, wanted.table.schema):
        return wanted.table
    return statement.before.find(schema or statement.session.schema or "", name)


def _finding(
    statement: RevisionStatement, table: Table, here: Column, parent: Table, there: Column
) -> Finding:
    kind = replace(there.type, values=here.type.values or there.type.values)
    fitting = replace(here, type=kind)
    before = statement.before.find(table.schema, table.name)
    existing = before.column(here.name) if before else None
    code = column_code(fitting, table)
    if before is not None and existing is not None:
        code = alter_column(before, existing, replace(existing, type=kind))
    return Finding(
        "MY504",
        statement.place,
        f"{table.name}.{here.name} {_words(here)} cannot refer to "
        f"{parent.name}.{there.name} {_words(there)}",
        why="Both columns need the same type, sign and character set: the server refuses the "
        f"foreign key (error {3780 if statement.target.mysql else 1005}).",
        fix=f"Give the column the type of the one that it refers to:\n{block(code)}",
    )


def _words(column: Column) -> str:
    collation = f" {column.type.collation}" if column.type.collation else ""
    return f"{shown(column.type)}{collation}"


RULE = Rule(
    "MY504", MAY_FAIL, "a foreign key refers to a column of another type", each(look), settles=True
)
