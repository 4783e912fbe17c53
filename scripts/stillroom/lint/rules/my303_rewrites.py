"""MY303: a statement that writes every row anew while others may read and write."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost import Lock
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.rule import BLOCKING, WARNING, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.cost is not None and act.cost.rewrites and act.cost.lock is Lock.NONE:
        yield Finding(
            "MY303",
            act.place,
            f"writes every row of {act.table} anew",
            why=f"Because {act.cost.why}. {act.costs} It needs the room of the table a second "
            "time, and replicas fall behind by as long as it takes.",
            fix="Look at the size of the table, and choose the hour. "
            f"If it stays small: small_tables = {act.table}",
        )


RULE = Rule("MY303", BLOCKING, "every row is written anew, without a lock", each(look), WARNING)
