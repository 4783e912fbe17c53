"""MY404: running code and the table know different members of an ENUM."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog.printing.text import string_text
from stillroom.findings import Finding
from stillroom.lint.executed import Act
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import mapped_code
from stillroom.lint.rule import RUNNING_CODE, WARNING, Rule, each


def look(act: Act) -> Iterator[Finding]:
    for old, new in act.change.changed if act.change else ():
        if old.type.name != "enum" or new.type.name != "enum":
            continue
        gone = [value for value in old.type.values if value not in new.type.values]
        more = [value for value in new.type.values if value not in old.type.values]
        if not gone and not more:
            continue
        why = []
        if gone:
            why.append(f"Code that is still running may write {_list(gone)} (error 1265).")
        if more:
            why.append(
                f"Code that is still running cannot read {_list(more)}: sa.Enum raises LookupError."
            )
        wide = mapped_code(new.name, new if more else old, act.change.before)  # type: ignore[union-attr]
        yield Finding(
            "MY404",
            act.place,
            f"changes the members of {act.table}.{new.name} under running code",
            why=" ".join(why),
            fix="Release a model first that knows the members of before and after, and code that "
            f"writes none of those that come or go:\n{block(wide)}",
        )


def _list(values: list[str]) -> str:
    return ", ".join(map(string_text, values))


RULE = Rule("MY404", RUNNING_CODE, "the members of an ENUM change", each(look), WARNING)
