"""MY604: no way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import Run
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.downgrade_code import undo
from stillroom.lint.remedies.python_code import quoted
from stillroom.lint.rule import STRUCTURE, WARNING, Rule


def look(run: Run) -> Iterator[Finding]:
    if not any(act.kind == "ddl" for act in run.acts):
        return
    found = revision_source.function(run.source, "downgrade")
    if found is not None and not revision_source.is_empty(found):
        return
    what = "has no downgrade()" if found is None else "downgrade() does nothing"
    yield Finding(
        "MY604",
        run.at(found.lineno if found else 1),
        f"{what}, and upgrade() changes tables",
        why="Behind it the database is at the revision below, with the tables of this one: the "
        "next upgrade fails."
        if found
        else "A downgrade stops here, with the newer revisions undone already.",
        fix=_fix(run),
    )


def _fix(run: Run) -> str:
    lines = undo(run.acts)
    if lines:
        return f"Undo each statement, the last one first:\n{_function(lines)}"
    refusal = f"raise NotImplementedError({quoted(f'{run.revision} cannot be undone')})"
    return f"There is no way back to what was; say so:\n{_function([refusal])}"


def _function(lines: Sequence[str]) -> str:
    body = [f"    {line}" for text in lines for line in text.splitlines()]
    return block("def downgrade() -> None:", *body)


RULE = Rule("MY604", STRUCTURE, "downgrade() is missing or does nothing", look, WARNING)
