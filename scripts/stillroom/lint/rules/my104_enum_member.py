"""MY104: members of an ENUM or SET go, or are not appended at the end."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import Column
from stillroom.findings import Finding
from stillroom.lint.act import Act
from stillroom.lint.rule import DATA_LOSS, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for old, new in act.change.changed if act.change else ():
        if old.type.name in ("enum", "set") and old.type.name == new.type.name:
            what = _what(old, new)
            if what:
                yield _finding(act, new, what, old)


def _what(old: Column, new: Column) -> str:
    before, after = old.type.values, new.type.values
    if gone := [value for value in before if value not in after]:
        return f"takes {_list(gone)} out of"
    if after[: len(before)] != before:
        return f"puts {_list([value for value in after if value not in before])} between those of"
    return ""


def _finding(act: Act, column: Column, what: str, old: Column) -> Finding:
    name = f"{act.table}.{column.name}"
    kind = column.type.name.upper()
    gone = [value for value in old.type.values if value not in column.type.values]
    if gone:
        why = (
            "Rows with such a value stop the statement (error 1265), and without strict mode "
            f"become ''. Code that is still running may go on to write it. {act.costs}"
        )
        fix = (
            "Give the rows another value before, in a revision of its own:\n"
            f'    op.execute("UPDATE {act.table} SET {column.name} = ... '
            f"WHERE {column.name} = '{gone[0]}'\")"
        )
    else:
        members = ", ".join(f'"{value}"' for value in _appended(old, column))
        why = f"Members that are appended cost nothing; in between, every row changes. {act.costs}"
        fix = f"Append them: sa.Enum({members})" if kind == "ENUM" else "Append them at the end."
    return Finding("MY104", act.place, f"{what} the {kind} {name}", why, fix)


def _appended(old: Column, new: Column) -> tuple[str, ...]:
    more = tuple(value for value in new.type.values if value not in old.type.values)
    return old.type.values + more


def _list(values: list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values) or "the members"


RULE = Rule("MY104", DATA_LOSS, "a member of an ENUM or SET goes or is not appended", each(look))
