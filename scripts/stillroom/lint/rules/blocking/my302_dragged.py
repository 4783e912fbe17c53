"""MY302: clauses that are cheap one by one rewrite the table in one statement."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from stillroom.catalog import CatalogError, Table, execute
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import AlterTable
from stillroom.cost import Cost, cost
from stillroom.errors import printable
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.python_code import one_line, sql_call
from stillroom.lint.rule import BLOCKING, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    parsed, change = statement.parsed, statement.change
    if not isinstance(parsed, AlterTable) or change is None or len(parsed.actions) < 2:
        return
    if statement.cost is None or not statement.cost.rewrites:
        return
    single = _one_by_one(statement, parsed, change.before)
    if single and not any(cost.rewrites for _, cost in single):
        lines = "".join(f"    {sql_call(sql)}  # {cost}\n" for sql, cost in single)
        yield Finding(
            "MY302",
            statement.place,
            f"rewrites the table {statement.table}; as {len(single)} statements it would not",
            why=f"Reason: {printable(statement.cost.why)}. {statement.costs}",
            fix=f"Write one statement for each clause:\n{lines}",
        )


def _one_by_one(
    statement: RevisionStatement, parsed: AlterTable, table: Table
) -> list[tuple[str, Cost]]:
    """The clauses as statements, each with its cost; none if they only work together."""
    starts = [action.position for action in parsed.actions]
    head = statement.sql[: starts[0]]
    ends = [*starts[1:], len(statement.sql)]
    catalog = statement.before
    costs = []
    for start, end in pairwise([starts[0], *ends]):
        sql = one_line(head + statement.sql[start:end].rstrip().rstrip(","))
        try:
            clause = parse(sql, statement.target, statement.session.sql_mode)
            after = execute(catalog, sql, statement.session).catalog
        except CatalogError:
            return []
        old, new = (state.find(table.schema, table.name) for state in (catalog, after))
        if not isinstance(clause, AlterTable) or old is None or new is None:
            return []
        checks = statement.session.foreign_key_checks
        costs.append((sql, cost(clause, old, new, sql=sql, foreign_key_checks=checks)))
        catalog = after
    return costs


RULE = Rule(
    "MY302", BLOCKING, "clauses that together rewrite the table, but not one by one", each(look)
)
