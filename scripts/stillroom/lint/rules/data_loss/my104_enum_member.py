"""MY104: members of an ENUM or SET are removed, reordered or inserted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stillroom.catalog import Column, quoted_string
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import alter_column, name_sql, sql_call
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    for old, new in statement.change.changed if statement.change else ():
        if old.type.name not in ("enum", "set") or old.type.name != new.type.name:
            continue
        before, after = old.type.values, new.type.values
        if gone := [value for value in before if value not in after]:
            yield _gone(statement, new, gone)
        elif after[: len(before)] != before:
            yield _moved(statement, old, new)


def _gone(statement: RevisionStatement, column: Column, gone: list[str]) -> Finding:
    table, name = name_sql(statement.table), name_sql(column.name)
    if column.type.name == "enum":
        instead = "NULL" if column.nullable else quoted_string(column.type.values[0])
        rows = f"{name} IN ({_list(gone)})"
        updates = [f"UPDATE {table} SET {name} = {instead} WHERE {rows}"]
    else:
        updates = [
            f"UPDATE {table} SET {name} = TRIM(BOTH ',' FROM REPLACE(CONCAT(',', {name}, ','), "
            f"{quoted_string(f',{value},')}, ',')) "
            f"WHERE FIND_IN_SET({quoted_string(value)}, {name})"
            for value in gone
        ]
    return Finding(
        "MY104",
        statement.place,
        f"removes {_list(gone)} from the {_kind(column)} {statement.table}.{column.name}",
        why="Rows that have it stop the statement (error 1265); without strict mode they become "
        f"''. {statement.costs}",
        fix="First give those rows another value, in a revision of its own:\n"
        f"{block(*map(sql_call, updates))}\n"
        "Then change the column, and say so:\n"
        "    # stillroom: allow MY104 no row has the value",
    )


def _moved(statement: RevisionStatement, old: Column, column: Column) -> Finding:
    assert statement.change is not None
    more = tuple(value for value in column.type.values if value not in old.type.values)
    wanted = replace(column, type=replace(column.type, values=old.type.values + more))
    what = f"inserts {_list(more)} between the members of" if more else "reorders the members of"
    code = alter_column(statement.change.before, old, wanted)
    return Finding(
        "MY104",
        statement.place,
        f"{what} the {_kind(column)} {statement.table}.{column.name}",
        why="The server stores the number of a member: this rewrites the whole table, and changes "
        f"the sort order. Appending members costs nothing. {statement.costs}",
        fix=f"Append them instead:\n{block(code)}"
        if more
        else "Keep the order; sort in the queries.",
    )


def _kind(column: Column) -> str:
    return column.type.name.upper()


def _list(values: list[str] | tuple[str, ...]) -> str:
    return ", ".join(map(quoted_string, values))


RULE = Rule(
    "MY104",
    DATA_LOSS,
    "a member of an ENUM or SET is removed, or not appended at the end",
    each(look),
)
