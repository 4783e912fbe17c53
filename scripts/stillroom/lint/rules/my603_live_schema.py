"""MY603: a revision that looks at the database before it decides what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import Run
from stillroom.lint.remedies.blocks import block
from stillroom.lint.rule import STRUCTURE, Rule

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


def look(run: Run) -> Iterator[Finding]:
    looked = _looked_up(run.source)
    for branch in revision_source.branches(run.source, "upgrade"):
        used = revision_source.names(branch.test) & (_LOOKS | looked)
        if used:
            yield Finding(
                "MY603",
                run.at(branch.test.lineno),
                f"decides by what the database has ({', '.join(sorted(used))})",
                why="Two databases at the same revision then have different tables, and nothing "
                "notices. After an interruption it hides what is missing.",
                fix=f"Say what the revision does, without conditions{_code(branch)}\n"
                "An upgrade that was interrupted is finished by running it again:\n"
                "    make upgrade",
            )


def _code(branch: ast.If | ast.IfExp | ast.While) -> str:
    """What stands under the condition, if that are operations."""
    body = branch.body if isinstance(branch, ast.If) else []
    if not any("op" in revision_source.names(statement) for statement in body):
        return "."
    return f":\n{block(*map(ast.unparse, body))}"


def _looked_up(text: str) -> set[str]:
    """The variables of ``upgrade`` that hold what the database has."""
    found: set[str] = set()
    upgrade = revision_source.function(text, "upgrade")
    for node in ast.walk(upgrade) if upgrade else ():
        if isinstance(node, ast.Assign) and revision_source.names(node.value) & (_LOOKS | found):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found


RULE = Rule("MY603", STRUCTURE, "a revision branches on what the database has", look)
