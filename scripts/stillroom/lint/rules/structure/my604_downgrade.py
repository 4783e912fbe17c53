"""MY604: downgrade() is missing or does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import LintedRevision
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.downgrade_code import downgrade_code
from stillroom.lint.remedies.python_code import quoted
from stillroom.lint.rule import STRUCTURE, WARNING, Rule


def look(revision: LintedRevision) -> Iterator[Finding]:
    if not any(statement.kind == "ddl" for statement in revision.statements):
        return
    downgrade = revision_source.function(revision.source, "downgrade")
    if downgrade is not None and not revision_source.is_empty(downgrade):
        return
    if downgrade is None and _is_habit(revision):
        return
    what = "has no downgrade()" if downgrade is None else "downgrade() does nothing"
    yield Finding(
        "MY604",
        revision.at(downgrade.lineno if downgrade else 1),
        f"{what}, but upgrade() changes tables",
        why=(
            "After a downgrade the database is at the revision before, but has the tables"
            " of this one: the next upgrade fails."
        )
        if downgrade
        else "A downgrade stops here, after newer revisions have been undone.",
        fix=_fix(revision),
    )


def _is_habit(revision: LintedRevision) -> bool:
    """Whether the revisions before it have none either: the project never goes back."""
    return bool(revision.parents) and not any(
        revision_source.function(path.read_text(encoding="utf-8"), "downgrade")
        for path in revision.parents
    )


def _fix(revision: LintedRevision) -> str:
    lines = downgrade_code(revision.statements)
    if lines:
        return f"Undo each statement, the last one first:\n{_function(lines)}"
    refusal = f"raise NotImplementedError({quoted(f'{revision.id} cannot be undone')})"
    return f"It cannot be undone; say so:\n{_function([refusal])}"


def _function(lines: Sequence[str]) -> str:
    body = [f"    {line}" for text in lines for line in text.splitlines()]
    return block("def downgrade() -> None:", *body)


RULE = Rule("MY604", STRUCTURE, "downgrade() is missing or does nothing", look, WARNING)
