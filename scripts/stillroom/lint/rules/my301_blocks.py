"""MY301: a statement that keeps writers or readers out while it works."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.cost import Algorithm, Lock
from stillroom.findings import Finding
from stillroom.lint.act import Act
from stillroom.lint.rule import BLOCKING, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.cost is None or not act.cost.blocks:
        return
    whom = "writes" if act.cost.lock is Lock.SHARED else "reads and writes"
    does = "copies" if act.cost.rewrites else "works through"
    tool = (
        "For a large table, change a copy beside it and swap the two:\n"
        f'    pt-online-schema-change --alter "..." D=<database>,t={act.table} --execute\n'
        if act.cost.algorithm is Algorithm.COPY
        else "Run it when nobody writes to a large table.\n"
    )
    yield Finding(
        "MY301",
        act.place,
        f"{does} the table {act.table} and blocks {whom} until it is done",
        why=f"Because {act.cost.why}. {act.costs}",
        fix=f"{tool}If it stays small, say so in alembic.ini: small_tables = {act.table}",
    )


RULE = Rule("MY301", BLOCKING, "a statement blocks writes for as long as it works", each(look))
