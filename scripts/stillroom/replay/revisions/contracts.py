"""Reads and writes the comment that marks a contract revision: the second of a two-step change."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from stillroom.errors import CannotTell
from stillroom.project.marks import comments

if TYPE_CHECKING:
    from stillroom.replay.revisions.graph import Revision

_MARK = re.compile(r"#\s*stillroom:\s*contract\b(?:\s+of\b)?\s*(?P<expand>\S*)")


def mark(expand: str) -> str:
    """The comment in the contract revision of the expand revision of that id."""
    return f"# stillroom: contract of {expand}"


def contract_of(text: str) -> tuple[str, int] | None:
    """The id of the expand revision that a contract revision names, or "", and the line.

    None for any other revision.
    """
    for comment in comments(text):
        if match := _MARK.match(comment.text):
            return match["expand"], comment.line
    return None


def check_contracts(graph: Mapping[str, Revision]) -> None:
    """Raise CannotTell for a contract revision that does not follow the expand that it names."""
    for revision in graph.values():
        expand = revision.source.contract
        if expand is not None and expand not in _behind(graph, revision):
            raise CannotTell(
                misplaced(revision.id, expand),
                where=revision.where("contract"),
                fix=WAY_OUT,
            )


NOT_SAID = "nothing says that no older code runs"
WAY_OUT = (
    "Restore the file of the expand revision, or correct the line `# stillroom: contract of …`."
    "\nWithout that line it is a revision like any other, and no upgrade stops before it."
)


def misplaced(contract: str, expand: str) -> str:
    """What is wrong where no revision before ``contract`` is the one that it names."""
    if not expand:
        return f"the contract revision {contract} names no expand revision"
    return f"revision {contract} is the contract of {expand}, which is no revision before it"


def _behind(graph: Mapping[str, Revision], revision: Revision) -> Collection[str]:
    names: set[str] = set()
    left = [revision]
    while left:
        source = left.pop().source
        for parent in (*source.down_revision, *source.depends_on):
            if parent in graph and parent not in names:
                names.add(parent)
                left.append(graph[parent])
    return names
