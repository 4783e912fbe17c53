"""MY202: a NOT NULL column without a default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import add_column, with_default
from stillroom.lint.rule import WRONG_RESULT, Rule, each

_NUMBERS = ("int", "decimal", "double", "float", "bit", "year")
_DATES = ("date", "datetime", "timestamp")


def look(act: Act) -> Iterator[Finding]:
    if act.change is None:
        return
    for column in act.change.added:
        required = not column.nullable and column.default is None
        if not required or column.generated is not None or column.auto_increment:
            continue
        table = act.change.after
        yield Finding(
            "MY202",
            act.place,
            f"adds the column {act.table}.{column.name} NOT NULL without a default",
            why=f"{_stored(act, column)} {act.costs}",
            fix="Say what they get:\n"
            f"{block(add_column(table, with_default(column)))}\n"
            "Where every row needs a value of its own, add it nullable, fill it, and make it "
            "NOT NULL in a later revision:\n"
            f"{block(add_column(table, replace(column, nullable=True)))}",
        )


def _stored(act: Act, column: Column) -> str:
    """What existing rows get."""
    name = column.type.name
    if name in _DATES:
        if act.target.mysql and name != "timestamp":
            return "On a table with rows MySQL refuses it (error 1292)."
        return "Rows that exist get '0000-00-00', which is no date."
    if name == "enum":
        return f"Rows that exist get the first member, '{column.type.values[0]}'."
    if name == "json" and act.target.mysql:
        return "Rows that exist get the JSON value null."
    if name == "uuid" or name.startswith("inet"):
        return "Rows that exist get a value of zeros."
    if column.check and "json_valid" in column.check:
        return "Rows that exist get '', which is no JSON: later changes fail (error 4025)."
    return f"Rows that exist get {'0' if name.endswith(_NUMBERS) else chr(39) * 2}."


RULE = Rule("MY202", WRONG_RESULT, "a NOT NULL column is added without a default", each(look))
