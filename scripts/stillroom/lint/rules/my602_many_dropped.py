"""MY602: several tables in one DROP."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.parser.syntax import DropTables
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.python_code import quoted
from stillroom.lint.rule import STRUCTURE, Rule, each

_MARIADB = (
    "MariaDB drops them one by one: interrupted, it leaves some, and running the statement again "
    "fails at the first that is gone (error 1051)."
)
_MYSQL = (
    "If one of them cannot be dropped, the others stay too, and an undo has to guess the order."
)


def look(act: Act) -> Iterator[Finding]:
    statement = act.statement
    if not isinstance(statement, DropTables) or len(statement.tables) < 2:
        return
    names = [table.name for table in statement.tables]
    lines = "".join(f"    op.drop_table({quoted(name)})\n" for name in names)
    yield Finding(
        "MY602",
        act.place,
        f"drops {len(names)} tables in one statement: {', '.join(names)}",
        why=_MARIADB if act.target.mariadb else _MYSQL,
        fix=f"One statement for each:\n{lines}",
    )


RULE = Rule("MY602", STRUCTURE, "several tables are dropped in one statement", each(look))
