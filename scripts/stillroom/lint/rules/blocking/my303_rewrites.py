"""MY303: the whole table is rewritten, while others may read and write."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost import Lock
from stillroom.errors import printable
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import small_tables
from stillroom.lint.rule import BLOCKING, WARNING, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if statement.cost is not None and statement.cost.rewrites and statement.cost.lock is Lock.NONE:
        yield Finding(
            "MY303",
            statement.place,
            f"rewrites the whole table {statement.table}",
            why=f"Reason: {printable(statement.cost.why)}. {statement.costs} It needs as much free "
            "disk space again, and replicas lag meanwhile.",
            fix="Check the size of the table, and choose a quiet hour. "
            f"{small_tables(statement.table)}".strip(),
        )


RULE = Rule("MY303", BLOCKING, "the whole table is rewritten, without a lock", each(look), WARNING)
