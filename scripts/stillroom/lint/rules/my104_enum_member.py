"""MY104: members of an ENUM or SET go, or are not appended at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column
from stillroom.catalog.printing.text import string_text
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import alter_column, name_sql, sql_call
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for old, new in act.change.changed if act.change else ():
        if old.type.name not in ("enum", "set") or old.type.name != new.type.name:
            continue
        before, after = old.type.values, new.type.values
        if gone := [value for value in before if value not in after]:
            yield _gone(act, new, gone)
        elif after[: len(before)] != before:
            yield _moved(act, old, new)


def _gone(act: Act, column: Column, gone: list[str]) -> Finding:
    table, name = name_sql(act.table), name_sql(column.name)
    if column.type.name == "enum":
        instead = "NULL" if column.nullable else string_text(column.type.values[0])
        rows = f"{name} IN ({_list(gone)})"
        updates = [f"UPDATE {table} SET {name} = {instead} WHERE {rows}"]
    else:
        updates = [
            f"UPDATE {table} SET {name} = TRIM(BOTH ',' FROM REPLACE(CONCAT(',', {name}, ','), "
            f"{string_text(f',{value},')}, ',')) WHERE FIND_IN_SET({string_text(value)}, {name})"
            for value in gone
        ]
    return Finding(
        "MY104",
        act.place,
        f"takes {_list(gone)} out of the {_kind(column)} {act.table}.{column.name}",
        why="Rows with such a value stop the statement (error 1265), and without strict mode "
        f"become ''. {act.costs}",
        fix="Give the rows another value before, in a revision of its own:\n"
        f"{block(*map(sql_call, updates))}\n"
        "Then change the column, and say so:\n"
        "    # stillroom: allow MY104 no row has the value",
    )


def _moved(act: Act, old: Column, column: Column) -> Finding:
    assert act.change is not None
    more = tuple(value for value in column.type.values if value not in old.type.values)
    wanted = replace(column, type=replace(column.type, values=old.type.values + more))
    what = f"puts {_list(more)} between those of" if more else "gives another order to"
    code = alter_column(act.change.before, old, wanted)
    return Finding(
        "MY104",
        act.place,
        f"{what} the {_kind(column)} {act.table}.{column.name}",
        why="Rows keep a member by its number: in between, every row is written anew, and what "
        f"sorts by the column sorts otherwise. Members that are appended cost nothing. {act.costs}",
        fix=f"Append them:\n{block(code)}" if more else "Leave the order to the queries.",
    )


def _kind(column: Column) -> str:
    return column.type.name.upper()


def _list(values: list[str] | tuple[str, ...]) -> str:
    return ", ".join(map(string_text, values))


RULE = Rule("MY104", DATA_LOSS, "a member of an ENUM or SET goes or is not appended", each(look))
