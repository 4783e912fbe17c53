"""MY106: downgrade() loses data."""

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
        (statement, *one) for statement in revision.downgrade_statements for one in _lost(statement)
    ]
    if not lost:
        return
    names = list(dict.fromkeys(what for _, what, _ in lost))
    yield Finding(
        "MY106",
        lost[0][0].place,
        f"downgrade() loses {_listed(names)}",
        why="What was written since the upgrade is lost without a question.",
        fix=f"Let it stop where there is something to lose:\n{_guard([one[2] for one in lost])}",
    )


def _lost(statement: RevisionStatement) -> Iterator[tuple[str, str]]:
    """What goes, in words, and the rows that it goes from, in SQL."""
    tables: Sequence[TableName] = ()
    if isinstance(statement.parsed, DropTables):
        tables = statement.parsed.tables
    elif isinstance(statement.parsed, TruncateTable):
        tables = (statement.parsed.table,)
    for table in map(statement.find, tables):
        if table is not None:
            yield f"the rows of {table.name}", name_sql(table.name)
    for column in statement.change.dropped if statement.change else ():
        if column.generated is None:
            where = f"{name_sql(statement.table)} WHERE {name_sql(column.name)} IS NOT NULL"
            yield f"the values of {statement.table}.{column.name}", where
    for old, new in statement.change.changed if statement.change else ():
        for words, condition in narrowing.losses(old, new):
            yield (
                f"{words} in {statement.table}.{new.name}",
                f"{name_sql(statement.table)} WHERE {condition}",
            )


def _guard(rows: Sequence[str]) -> str:
    lines = ["    def downgrade() -> None:"]
    for one in dict.fromkeys(rows):
        lines.append(f"        if {driver_call(f'SELECT 1 FROM {one} LIMIT 1')}.first():")
        what = f"downgrade would lose rows: {one}"
        lines.append(f"            raise RuntimeError({quoted(what)})")
    return "\n".join(lines)


def _listed(names: Sequence[str]) -> str:
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} more"]
    return enumerated(names)


RULE = Rule("MY106", DATA_LOSS, "downgrade() loses data", look, WARNING)
