"""MY302: clauses that are cheap one by one, and rewrite the table in one statement."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from stillroom.catalog import CatalogError, Table
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import AlterTable
from stillroom.cost import Cost, cost
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import sql_call
from stillroom.lint.rule import BLOCKING, Rule, each


def look(act: Act) -> Iterator[Finding]:
    statement, change = act.statement, act.change
    if not isinstance(statement, AlterTable) or change is None or len(statement.actions) < 2:
        return
    if act.cost is None or not act.cost.rewrites:
        return
    single = _one_by_one(act, statement, change.before)
    if single and not any(one.rewrites for _, one in single):
        lines = "".join(f"    {sql_call(sql)}  # {one}\n" for sql, one in single)
        yield Finding(
            "MY302",
            act.place,
            f"rewrites the table {act.table}, and would not as {len(single)} statements",
            why=f"Because {act.cost.why}. {act.costs}",
            fix=f"Give each clause a statement of its own:\n{lines}",
        )


def _one_by_one(act: Act, statement: AlterTable, table: Table) -> list[tuple[str, Cost]]:
    """The clauses as statements, each with its cost; none if they only work together."""
    starts = [action.position for action in statement.actions]
    head = act.sql[: starts[0]]
    ends = [*starts[1:], len(act.sql)]
    catalog = act.before
    found = []
    for start, end in pairwise([starts[0], *ends]):
        sql = " ".join((head + act.sql[start:end].rstrip().rstrip(",")).split())
        try:
            parsed = parse(sql, act.target, act.session.sql_mode)
            after = catalog.execute(sql, act.session).catalog
        except CatalogError:
            return []
        old, new = (one.find(table.schema, table.name) for one in (catalog, after))
        if not isinstance(parsed, AlterTable) or old is None or new is None:
            return []
        checks = act.session.foreign_key_checks
        found.append((sql, cost(parsed, old, new, sql=sql, foreign_key_checks=checks)))
        catalog = after
    return found


RULE = Rule("MY302", BLOCKING, "clauses together rewrite a table, and alone would not", each(look))
