"""MY602: several tables are dropped in one statement."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.parser.syntax import DropTables
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.python_code import quoted
from stillroom.lint.rule import STRUCTURE, Rule, each

_MARIADB = (
    "MariaDB drops them one by one: after an interruption some are gone, and running the statement "
    "again fails (error 1051)."
)
_MYSQL = "If one of them cannot be dropped, all of them stay."


def look(statement: RevisionStatement) -> Iterator[Finding]:
    parsed = statement.parsed
    if not isinstance(parsed, DropTables) or len(parsed.tables) < 2:
        return
    names = [table.name for table in parsed.tables]
    lines = "".join(f"    op.drop_table({quoted(name)})\n" for name in names)
    yield Finding(
        "MY602",
        statement.place,
        f"drops {len(names)} tables in one statement: {', '.join(names)}",
        why=_MARIADB if statement.target.mariadb else _MYSQL,
        fix=f"Write one statement for each:\n{lines}",
    )


RULE = Rule("MY602", STRUCTURE, "several tables are dropped in one statement", each(look))
