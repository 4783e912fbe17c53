"""MY404: the members of an ENUM change, and running code knows the old ones."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import quoted_string
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import mapped_code
from stillroom.lint.rule import RUNNING_CODE, WARNING, Rule, each


def look(statement: RevisionStatement) -> Iterator[Finding]:
    for old, new in statement.change.changed if statement.change else ():
        if old.type.name != "enum" or new.type.name != "enum":
            continue
        gone = [value for value in old.type.values if value not in new.type.values]
        more = [value for value in new.type.values if value not in old.type.values]
        if not gone and not more:
            continue
        why = []
        if gone:
            why.append(f"Running code may write {_list(gone)} (error 1265).")
        if more:
            why.append(f"Running code cannot read {_list(more)}: sa.Enum raises LookupError.")
        wide = mapped_code(new.name, new if more else old, statement.change.before)  # type: ignore[union-attr]
        yield Finding(
            "MY404",
            statement.place,
            f"changes the members of {statement.table}.{new.name} while old code runs",
            why=" ".join(why),
            fix=(
                "First release a model that has the old and the new members, with code that"
                " writes none of those that change:\n"
                f"{block(wide)}"
            ),
        )


def _list(values: list[str]) -> str:
    return ", ".join(map(quoted_string, values))


RULE = Rule("MY404", RUNNING_CODE, "the members of an ENUM change", each(look), WARNING)
