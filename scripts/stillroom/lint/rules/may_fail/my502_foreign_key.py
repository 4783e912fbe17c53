"""MY502: a foreign key is added that existing rows may violate."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import ForeignKey
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import query
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if statement.change is None or not statement.session.foreign_key_checks:
        return
    added = {column.name: column for column in statement.change.added}
    for key in statement.change.new_keys:
        new = [added[name] for name in key.columns if name in added]
        if any(column.nullable and column.default in (None, "NULL") for column in new):
            continue  # NULL refers to nothing
        if _fulfilled_before(statement, key):
            continue
        child, parent = ", ".join(key.columns), ", ".join(key.referenced_columns)
        on = " AND ".join(
            f"p.{name_sql(other)} = c.{name_sql(own)}"
            for own, other in zip(key.columns, key.referenced_columns, strict=True)
        )
        rows = (
            f"SELECT c.* FROM {name_sql(statement.table)} c LEFT JOIN {_parent(key)} p ON {on} "
            f"WHERE c.{name_sql(key.columns[0])} IS NOT NULL "
            f"AND p.{name_sql(key.referenced_columns[0])} IS NULL"
        )
        yield Finding(
            "MY502",
            statement.place,
            f"adds a foreign key from {statement.table} ({child}) to {key.table} ({parent}), which "
            "existing rows may violate",
            why=f"One row without a parent stops the statement (error 1452). {statement.costs}",
            fix=f"{_when(statement, key)}\n"
            f"{query(rows)}\n"
            "If there are none, and no code writes any, say so on the statement:\n"
            "    # stillroom: allow MY502 every row has its parent",
        )


def _parent(key: ForeignKey) -> str:
    own = name_sql(key.table)
    return own if key.schema == DEFAULT_SCHEMA else f"{name_sql(key.schema)}.{own}"


def _when(statement: RevisionStatement, key: ForeignKey) -> str:
    table = statement.at_start(statement.table)
    if table is not None and any(table.column(name) is None for name in key.columns):
        return "Add the key in a later revision, and look for such rows first:"
    return "Look for such rows first:"


def _fulfilled_before(statement: RevisionStatement, key: ForeignKey) -> bool:
    """Whether the rows had such a key when the revision began, or no such column."""
    table = statement.at_start(statement.table)
    if (
        table is None
        or statement.change is None
        or not statement.unwritten(statement.table, key.columns)
    ):
        return False
    for name in key.columns:
        column = statement.change.before.column(name)
        new = column is not None and table.column(name) is None
        if new and column and column.nullable and column.default in (None, "NULL"):
            return True
    return any(
        (other.columns, other.table, other.referenced_columns)
        == (key.columns, key.table, key.referenced_columns)
        for other in table.foreign_keys
    )


RULE = Rule("MY502", MAY_FAIL, "a foreign key is added that existing rows may violate", each(look))
