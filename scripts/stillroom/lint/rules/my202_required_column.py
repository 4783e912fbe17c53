"""MY202: a NOT NULL column without a default."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.act import Act
from stillroom.lint.rule import WRONG_RESULT, Rule, each

_NUMBERS = ("int", "decimal", "double", "float", "bit", "year")
_DATES = ("date", "datetime", "timestamp")


def look(act: Act) -> Iterator[Finding]:
    for column in act.change.added if act.change else ():
        required = not column.nullable and column.default is None
        if not required or column.generated is not None or column.auto_increment:
            continue
        name = f"{act.table}.{column.name}"
        yield Finding(
            "MY202",
            act.place,
            f"adds the column {name} NOT NULL without a default",
            why=f"{_stored(act, column)} Code that is still running does not name the column, so "
            f"its INSERTs fail (error 1364). {act.costs}",
            fix="Give it a default of the server, for as long as old code runs:\n"
            f'    op.add_column("{act.table}", sa.Column("{column.name}", ..., nullable=False, '
            f"server_default={_default(column)}))\n"
            "or add it nullable, fill it in batches, and make it NOT NULL in a later revision.",
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


def _default(column: Column) -> str:
    name = column.type.name
    if name in _DATES:
        return 'sa.text("CURRENT_TIMESTAMP")' if name != "date" else 'sa.text("(CURRENT_DATE)")'
    if name.endswith(_NUMBERS):
        return '"0"'
    if name.endswith(("text", "blob")) or name == "json":
        return "sa.text(\"('...')\")"
    return f'"{column.type.values[0]}"' if name == "enum" else '"..."'


RULE = Rule("MY202", WRONG_RESULT, "a NOT NULL column is added without a default", each(look))
