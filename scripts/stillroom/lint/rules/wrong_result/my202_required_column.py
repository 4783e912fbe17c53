"""MY202: a NOT NULL column is added without a default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, with_default
from stillroom.lint.rule import WRONG_RESULT, Rule, each

_NUMBERS = ("int", "decimal", "double", "float", "bit", "year")
_DATES = ("date", "datetime", "timestamp")


def look(statement: RevisionStatement) -> Iterator[Finding]:
    if statement.change is None:
        return
    for column in statement.change.added:
        required = not column.nullable and column.default is None
        if not required or column.generated is not None or column.auto_increment:
            continue
        table = statement.change.after
        yield Finding(
            "MY202",
            statement.place,
            f"adds the NOT NULL column {statement.table}.{column.name} without a default",
            why=f"{_stored(statement, column)} {statement.costs}",
            fix="Say which value they get:\n"
            f"{block(add_column(table, with_default(column)))}\n"
            "If each row needs a value of its own, add the column as nullable, fill it, and make "
            "it NOT NULL in a later revision:\n"
            f"{block(add_column(table, replace(column, nullable=True)))}",
        )


def _stored(statement: RevisionStatement, column: Column) -> str:
    """What existing rows get."""
    name = column.type.name
    if name in _DATES:
        if statement.target.mysql and name != "timestamp":
            return "If the table has rows, MySQL refuses it (error 1292)."
        return "Existing rows get '0000-00-00', which is not a date."
    if name == "enum":
        return f"Existing rows get the first member, '{column.type.values[0]}'."
    if name == "json" and statement.target.mysql:
        return "Existing rows get the JSON value null."
    if name == "uuid" or name.startswith("inet"):
        return "Existing rows get a value of zeros."
    if column.check and "json_valid" in column.check:
        return "Existing rows get '', which is not JSON: later changes fail (error 4025)."
    return f"Existing rows get {'0' if name.endswith(_NUMBERS) else chr(39) * 2}."


RULE = Rule("MY202", WRONG_RESULT, "a NOT NULL column is added without a default", each(look))
