"""MY603: a revision depends on what the database contains."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import LintedRevision
from stillroom.lint.remedies.blocks import block
from stillroom.lint.rule import STRUCTURE, Rule
from stillroom.shell import Command

_LOOKS = {
    "has_table",
    "has_index",
    "get_table_names",
    "get_columns",
    "get_indexes",
    "get_foreign_keys",
    "get_unique_constraints",
    "get_pk_constraint",
    "get_check_constraints",
    "inspect",
}


def look(revision: LintedRevision) -> Iterator[Finding]:
    looked = _looked_up(revision.source)
    for branch in revision_source.branches(revision.source, "upgrade"):
        used = revision_source.names(branch.test) & (_LOOKS | looked)
        if used:
            yield Finding(
                "MY603",
                revision.at(branch.test.lineno),
                f"depends on what the database contains ({', '.join(sorted(used))})",
                why="Two databases at the same revision may then have different tables, unnoticed. "
                "After an interruption it hides what is missing.",
                fix=f"Write what the revision does, without conditions{_code(branch)}\n"
                "To finish an upgrade that was interrupted, run it again:\n"
                f"    {Command('upgrade')}",
            )


def _code(branch: ast.If | ast.IfExp | ast.While) -> str:
    """What stands under the condition, if that are operations."""
    body = branch.body if isinstance(branch, ast.If) else []
    if not any("op" in revision_source.names(statement) for statement in body):
        return "."
    return f":\n{block(*map(ast.unparse, body))}"


def _looked_up(text: str) -> set[str]:
    """The variables of ``upgrade`` that hold what the database has."""
    names: set[str] = set()
    upgrade = revision_source.function(text, "upgrade")
    for node in ast.walk(upgrade) if upgrade else ():
        if isinstance(node, ast.Assign) and revision_source.names(node.value) & (_LOOKS | names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


RULE = Rule("MY603", STRUCTURE, "a revision depends on what the database contains", look)
