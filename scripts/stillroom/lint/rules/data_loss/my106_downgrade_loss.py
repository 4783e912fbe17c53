"""MY106: downgrade() loses data that the upgrade did not add.

That it drops the tables and columns of its own upgrade, with what was written into them since, is
what every downgrade does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.catalog.parser.syntax import DropTables, TableName, TruncateTable
from stillroom.findings import Finding
from stillroom.lint.executed import LintedRevision, RevisionStatement
from stillroom.lint.measures import narrowing
from stillroom.lint.remedies.blocks import enumerated
from stillroom.lint.remedies.python_code import driver_call, name_sql, quoted
from stillroom.lint.rule import DATA_LOSS, WARNING, Rule


def look(revision: LintedRevision) -> Iterator[Finding]:
    lost = [
        (statement, *loss)
        for statement in revision.downgrade_statements
        for loss in _lost(statement, revision)
    ]
    if not lost:
        return
    names = list(dict.fromkeys(what for _, what, _ in lost))
    yield Finding(
        "MY106",
        lost[0][0].place,
        f"downgrade() loses {_listed(names)}",
        why="It existed before the upgrade or was written since, and is lost without a question.",
        fix=(
            "Let the downgrade stop where there is something to lose:\n"
            f"{_guard([loss[2] for loss in lost])}"
        ),
    )


def _lost(statement: RevisionStatement, revision: LintedRevision) -> Iterator[tuple[str, str]]:
    """What goes, in words, and the rows that it goes from, in SQL."""
    upgrade = revision.statements
    new_tables = upgrade[-1].fresh_after if upgrade else frozenset()
    new_columns = {
        (statement.table, column.name)
        for statement in upgrade
        if statement.change
        for column in statement.change.added
    }
    tables: Sequence[TableName] = ()
    if isinstance(statement.parsed, DropTables):
        tables = statement.parsed.tables
    elif isinstance(statement.parsed, TruncateTable):
        tables = (statement.parsed.table,)
    for table in map(statement.find, tables):
        if table is not None and table.name not in new_tables:
            yield f"the rows of {table.name}", name_sql(table.name)
    for column in statement.change.dropped if statement.change else ():
        is_new = statement.table in new_tables or (statement.table, column.name) in new_columns
        if column.generated is None and not is_new:
            where = f"{name_sql(statement.table)} WHERE {name_sql(column.name)} IS NOT NULL"
            yield f"the values of {statement.table}.{column.name}", where
    for old, new in statement.change.changed if statement.change else ():
        before = upgrade[0].at_start(statement.table) if upgrade else None
        first = before.column(new.name) if before else None
        if statement.table in new_tables or (first is not None and first.type == new.type):
            continue  # it was so before the upgrade
        for words, condition in narrowing.losses(old, new):
            yield (
                f"{words} in {statement.table}.{new.name}",
                f"{name_sql(statement.table)} WHERE {condition}",
            )


def _guard(rows: Sequence[str]) -> str:
    lines = ["    def downgrade() -> None:"]
    for query in dict.fromkeys(rows):
        lines.append(f"        if {driver_call(f'SELECT 1 FROM {query} LIMIT 1')}.first():")
        what = f"downgrade would lose rows: {query}"
        lines.append(f"            raise RuntimeError({quoted(what)})")
    return "\n".join(lines)


def _listed(names: Sequence[str]) -> str:
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more"]
    return enumerated(names)


RULE = Rule("MY106", DATA_LOSS, "downgrade() loses data", look, WARNING)
