"""MY106: a downgrade takes away what has been written since the upgrade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.catalog.parser.syntax import DropTables, TableName, TruncateTable
from stillroom.findings import Finding
from stillroom.lint.executed import Act, Run
from stillroom.lint.measures import narrowing
from stillroom.lint.remedies.python_code import name_sql, quoted
from stillroom.lint.rule import DATA_LOSS, WARNING, Rule


def look(run: Run) -> Iterator[Finding]:
    lost = [(act, *one) for act in run.undo for one in _lost(act)]
    if not lost:
        return
    names = list(dict.fromkeys(what for _, what, _ in lost))
    yield Finding(
        "MY106",
        lost[0][0].place,
        f"downgrade() loses {_listed(names)}",
        why="What was written after the upgrade goes without a question, and no upgrade brings it "
        "back.",
        fix=f"Let it refuse where there is something to lose:\n{_guard([one[2] for one in lost])}",
    )


def _lost(act: Act) -> Iterator[tuple[str, str]]:
    """What goes, in words, and the rows that it goes from, in SQL."""
    tables: Sequence[TableName] = ()
    if isinstance(act.statement, DropTables):
        tables = act.statement.tables
    elif isinstance(act.statement, TruncateTable):
        tables = (act.statement.table,)
    for table in map(act.find, tables):
        if table is not None:
            yield f"the rows of {table.name}", name_sql(table.name)
    for column in act.change.dropped if act.change else ():
        if column.generated is None:
            where = f"{name_sql(act.table)} WHERE {name_sql(column.name)} IS NOT NULL"
            yield f"the values of {act.table}.{column.name}", where
    for old, new in act.change.changed if act.change else ():
        for words, condition in narrowing.losses(old, new):
            yield f"{words} in {act.table}.{new.name}", f"{name_sql(act.table)} WHERE {condition}"


def _guard(rows: Sequence[str]) -> str:
    lines = ["    def downgrade() -> None:"]
    for one in dict.fromkeys(rows):
        query = quoted(f"SELECT 1 FROM {one} LIMIT 1")
        lines.append(f"        if op.get_bind().exec_driver_sql({query}).first():")
        what = f"downgrade would lose rows: {one}"
        lines.append(f"            raise RuntimeError({quoted(what)})")
    return "\n".join(lines)


def _listed(names: Sequence[str]) -> str:
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


RULE = Rule("MY106", DATA_LOSS, "downgrade() loses data", look, WARNING)
