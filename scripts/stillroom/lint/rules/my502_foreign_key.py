"""MY502: a foreign key that rows may break."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import ForeignKey
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import name_sql
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.change is None or not act.session.foreign_key_checks:
        return
    added = {column.name: column for column in act.change.added}
    for key in act.change.new_keys:
        new = [added[name] for name in key.columns if name in added]
        if any(column.nullable and column.default in (None, "NULL") for column in new):
            continue  # NULL refers to nothing
        if _fulfilled_before(act, key):
            continue
        child, parent = ", ".join(key.columns), ", ".join(key.referenced_columns)
        on = " AND ".join(
            f"p.{name_sql(there)} = c.{name_sql(here)}"
            for here, there in zip(key.columns, key.referenced_columns, strict=True)
        )
        yield Finding(
            "MY502",
            act.place,
            f"makes ({child}) of {act.table} refer to {key.table} ({parent}); rows may not",
            why=f"One row without its parent stops the statement (error 1452). {act.costs}",
            fix=f"{_when(act, key)}\n"
            f"    SELECT c.* FROM {name_sql(act.table)} c LEFT JOIN {name_sql(key.table)} p ON {on}"
            f" WHERE c.{name_sql(key.columns[0])} IS NOT NULL"
            f" AND p.{name_sql(key.referenced_columns[0])} IS NULL\n"
            "Where there are none, and the code makes none any more, say so on the statement:\n"
            "    # stillroom: allow MY502 every row has its parent",
        )


def _when(act: Act, key: ForeignKey) -> str:
    table = act.at_start(act.table)
    if table is not None and any(table.column(name) is None for name in key.columns):
        return "Make the key in a revision of its own, and look for such rows before that:"
    return "Look for such rows before:"


def _fulfilled_before(act: Act, key: ForeignKey) -> bool:
    """Whether the rows had such a key when the revision began, or no such column."""
    table = act.at_start(act.table)
    if table is None or act.change is None or not act.unwritten(act.table, key.columns):
        return False
    for name in key.columns:
        column = act.change.before.column(name)
        new = column is not None and table.column(name) is None
        if new and column and column.nullable and column.default in (None, "NULL"):
            return True
    return any(
        (other.columns, other.table, other.referenced_columns)
        == (key.columns, key.table, key.referenced_columns)
        for other in table.foreign_keys
    )


RULE = Rule("MY502", MAY_FAIL, "a foreign key is put on rows that exist", each(look))
