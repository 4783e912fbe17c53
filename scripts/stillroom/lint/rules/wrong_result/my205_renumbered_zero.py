"""MY205: a column becomes AUTO_INCREMENT, and the row with 0 in it silently gets a number."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import name_sql, sql_call
from stillroom.lint.rule import WARNING, WRONG_RESULT, Rule, each

_KEEPS_ZERO = "NO_AUTO_VALUE_ON_ZERO"


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if statement.change is None or _KEEPS_ZERO in statement.session.sql_mode:
        return
    for old, new in statement.change.changed:
        if new.auto_increment and not old.auto_increment:
            table, column = name_sql(statement.table), name_sql(new.name)
            keep = sql_call(f"SET sql_mode = CONCAT(@@sql_mode, ',{_KEEPS_ZERO}')")
            yield Finding(
                "MY205",
                statement.place,
                f"{statement.table}.{new.name} becomes AUTO_INCREMENT, which gives a row with 0 in "
                "it the next number",
                why="The server does this without an error or a warning; what refers to the row "
                f"refers to nothing then. {statement.costs}",
                fix=f"Look for such a row:\n    SELECT * FROM {table} WHERE {column} = 0\n"
                f"If it is to stay, write before the statement:\n{block(keep)}\n"
                f"and behind it:\n{block(sql_call('SET sql_mode = DEFAULT'))}",
            )


RULE = Rule(
    "MY205",
    WRONG_RESULT,
    "a column becomes AUTO_INCREMENT, and a row with 0 in it gets a number",
    each(look),
    WARNING,
)
