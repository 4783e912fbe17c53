"""MY301: a statement blocks writes, or reads too, for as long as it runs."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.parser.syntax import AlterTable
from stillroom.cost import Algorithm, Lock
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import create_foreign_key
from stillroom.lint.rule import BLOCKING, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if statement.cost is None or not statement.cost.blocks:
        return
    whom = "writes" if statement.cost.lock is Lock.SHARED else "reads and writes"
    does = "works through"
    if statement.cost.rewrites:
        does = "rebuilds" if statement.cost.algorithm is Algorithm.INPLACE else "copies"
    yield Finding(
        "MY301",
        statement.place,
        f"{does} the table {statement.table} and blocks {whom} until it is done",
        why=f"Reason: {statement.cost.why}. {statement.costs}",
        fix=f"{_way(statement)}\n"
        f"If it stays small, say so in alembic.ini: small_tables = {statement.table}",
    )


def _way(statement: RevisionStatement) -> str:
    assert statement.change is not None
    keys = statement.change.new_keys
    if keys and statement.session.foreign_key_checks and len(statement.change.actions) == len(keys):
        lines = block(
            'op.execute("SET SESSION foreign_key_checks = 0")',
            *(create_foreign_key(statement.change.after, key) for key in keys),
            'op.execute("SET SESSION foreign_key_checks = 1")',
        )
        return f"If every row has its parent, the server need not check them:\n{lines}"
    clauses = _clauses(statement)
    if statement.cost is None or statement.cost.algorithm is not Algorithm.COPY or not clauses:
        return "If the table is large, run it while nobody writes."
    quoted = "'" + clauses.replace("'", "'\\''") + "'"
    return (
        "If the table is large, change a copy beside it and swap the two:\n"
        f"    pt-online-schema-change --alter {quoted} D=$DB_NAME,t={statement.table} --execute"
    )


def _clauses(statement: RevisionStatement) -> str:
    """What follows the name of the table in an ALTER TABLE."""
    if statement.sql.lstrip()[:5].upper() != "ALTER" or not isinstance(
        statement.parsed, AlterTable
    ):
        return ""
    return " ".join(statement.sql[statement.parsed.actions[0].position :].split())


RULE = Rule("MY301", BLOCKING, "a statement blocks writes for as long as it runs", each(look))
