"""MY604: no way back."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint import source
from stillroom.lint.act import Run
from stillroom.lint.rule import STRUCTURE, WARNING, Rule


def look(run: Run) -> Iterator[Finding]:
    if not any(act.kind == "ddl" for act in run.acts):
        return
    found = source.function(run.source, "downgrade")
    if found is not None and not source.is_empty(found):
        return
    what = "has no downgrade()" if found is None else "downgrade() does nothing"
    yield Finding(
        "MY604",
        run.at(found.lineno if found else 1),
        f"{what}, and upgrade() changes tables",
        why="After `downgrade` the database is at the revision below, with the tables of this one: "
        "the next upgrade fails.",
        fix="Undo each statement, the last one first; or refuse, if there is no way back:\n"
        "    def downgrade() -> None:\n"
        '        raise NotImplementedError("rows of ... would be lost")',
    )


RULE = Rule("MY604", STRUCTURE, "downgrade() is missing or does nothing", look, WARNING)
