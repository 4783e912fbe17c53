"""Reads and writes the comment that marks a contract revision: the second of a two-step change."""

from __future__ import annotations

import re

from stillroom.project.marks import comments

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
