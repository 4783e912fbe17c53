"""MY301: a statement that keeps writers or readers out while it works."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.parser.syntax import AlterTable
from stillroom.cost import Algorithm, Lock
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import create_foreign_key
from stillroom.lint.rule import BLOCKING, Rule, each


def look(act: Act) -> Iterator[Finding]:
    if act.cost is None or not act.cost.blocks:
        return
    whom = "writes" if act.cost.lock is Lock.SHARED else "reads and writes"
    does = "works through"
    if act.cost.rewrites:
        does = "rebuilds" if act.cost.algorithm is Algorithm.INPLACE else "copies"
    yield Finding(
        "MY301",
        act.place,
        f"{does} the table {act.table} and blocks {whom} until it is done",
        why=f"Because {act.cost.why}. {act.costs}",
        fix=f"{_way(act)}\nIf it stays small, say so in alembic.ini: small_tables = {act.table}",
    )


def _way(act: Act) -> str:
    assert act.change is not None
    keys = act.change.new_keys
    if keys and act.session.foreign_key_checks and len(act.change.actions) == len(keys):
        lines = block(
            'op.execute("SET SESSION foreign_key_checks = 0")',
            *(create_foreign_key(act.change.after, key) for key in keys),
            'op.execute("SET SESSION foreign_key_checks = 1")',
        )
        return f"Where every row has its parent, the server need not look at them again:\n{lines}"
    clauses = _clauses(act)
    if act.cost is None or act.cost.algorithm is not Algorithm.COPY or not clauses:
        return "Run it when nobody writes to a large table."
    quoted = "'" + clauses.replace("'", "'\\''") + "'"
    return (
        "For a large table, change a copy beside it and swap the two:\n"
        f"    pt-online-schema-change --alter {quoted} D=$DB_NAME,t={act.table} --execute"
    )


def _clauses(act: Act) -> str:
    """What follows the name of the table in an ALTER TABLE."""
    if act.sql.lstrip()[:5].upper() != "ALTER" or not isinstance(act.statement, AlterTable):
        return ""
    return " ".join(act.sql[act.statement.actions[0].position :].split())


RULE = Rule("MY301", BLOCKING, "a statement blocks writes for as long as it works", each(look))
