"""MY502: a foreign key that rows may break."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.act import Act
from stillroom.lint.rule import MAY_FAIL, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.change is None or not act.session.foreign_key_checks:
        return
    added = {column.name: column for column in act.change.added}
    for key in act.change.new_keys:
        new = [added[name] for name in key.columns if name in added]
        if any(column.nullable and column.default in (None, "NULL") for column in new):
            continue  # NULL refers to nothing
        child, parent = ", ".join(key.columns), ", ".join(key.referenced_columns)
        on = " AND ".join(
            f"p.{there} = c.{here}"
            for here, there in zip(key.columns, key.referenced_columns, strict=True)
        )
        yield Finding(
            "MY502",
            act.place,
            f"makes ({child}) of {act.table} refer to {key.table} ({parent}); rows may not",
            why=f"One row without its parent stops the statement (error 1452). {act.costs}",
            fix="Look for them before, and mend them in a revision of its own:\n"
            f"    SELECT c.* FROM {act.table} c LEFT JOIN {key.table} p ON {on}\n"
            f"    WHERE c.{key.columns[0]} IS NOT NULL AND p.{key.referenced_columns[0]} IS NULL",
        )


RULE = Rule("MY502", MAY_FAIL, "a foreign key is put on rows that exist", each(look))
