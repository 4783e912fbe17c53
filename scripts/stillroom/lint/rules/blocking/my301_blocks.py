"""MY301: a statement blocks writes, or reads too, for as long as it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stillroom.catalog.parser.syntax import AlterTable
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.cost import Algorithm, Lock
from stillroom.errors import printable
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block, small_tables
from stillroom.lint.remedies.python_code import create_foreign_key, one_line
from stillroom.lint.rule import BLOCKING, Rule, each
from stillroom.shell import word

_PLAIN = re.compile(r"[\w.-]+", re.ASCII)


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
        why=f"Reason: {printable(statement.cost.why)}. {statement.costs}",
        fix=f"{_way(statement)}\n{small_tables(statement.table)}".strip("\n"),
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
    table = statement.change.before
    database = "$DB_NAME" if table.schema == DEFAULT_SCHEMA else table.schema
    if not all(map(_is_for_dsn, (table.name, database))):
        return "If the table is large, run it while nobody writes."
    dsn = f"D={database},t={table.name}"
    if not all(map(_PLAIN.fullmatch, (table.name, table.schema or "plain"))):
        dsn = f"D={_database_word(database)},t={word(table.name)}"
    return (
        "If the table is large, change a copy of it, and swap the two:\n"
        f"    pt-online-schema-change --alter {word(clauses)} {dsn} --execute"
    )


def _is_for_dsn(name: str) -> bool:
    """Whether the tool reads a name as one: a comma would begin another part, such as a port."""
    return not re.search(r"[,=\\\s]", name) and printable(name) == name


def _database_word(database: str) -> str:
    return f'"{database}"' if database == "$DB_NAME" else word(database)


def _clauses(statement: RevisionStatement) -> str:
    """What follows the name of the table in an ALTER TABLE."""
    if statement.sql.lstrip()[:5].upper() != "ALTER" or not isinstance(
        statement.parsed, AlterTable
    ):
        return ""
    return one_line(statement.sql[statement.parsed.actions[0].position :])


RULE = Rule("MY301", BLOCKING, "a statement blocks writes for as long as it runs", each(look))
