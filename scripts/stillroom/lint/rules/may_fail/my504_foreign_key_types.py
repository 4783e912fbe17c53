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
            own_column, other_column = wanted.table.column(own), parent.column(other)
            if own_column and other_column and not compatible(own_column.type, other_column.type):
                yield _finding(statement, wanted.table, own_column, parent, other_column)


def _parent(
    statement: RevisionStatement, wanted: IntendedTable, schema: str | None, name: str
) -> Table | None:
    if name == wanted.table.name and schema in (None, wanted.table.schema):
        return wanted.table
    return statement.before.find(schema or statement.session.schema or "", name)


def _finding(
    statement: RevisionStatement,
    table: Table,
    own_column: Column,
    parent: Table,
    other_column: Column,
) -> Finding:
    kind = replace(other_column.type, values=own_column.type.values or other_column.type.values)
    fitting = replace(own_column, type=kind)
    before = statement.before.find(table.schema, table.name)
    existing = before.column(own_column.name) if before else None
    code = column_code(fitting, table)
    if before is not None and existing is not None:
        code = alter_column(before, existing, replace(existing, type=kind))
    return Finding(
        "MY504",
        statement.place,
        f"{table.name}.{own_column.name} {_words(own_column)} cannot refer to "
        f"{parent.name}.{other_column.name} {_words(other_column)}",
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
