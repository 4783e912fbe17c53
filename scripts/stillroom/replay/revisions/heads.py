"""Reports several heads, between which `upgrade head` could not decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alembic.script import ScriptDirectory

from stillroom.findings import Finding, Place
from stillroom.shell import Command

HEADS = "HS101"


@dataclass(frozen=True)
class Head:
    """A newest revision: its id, its file, and the labels of its branch."""

    id: str
    file: str
    labels: frozenset[str]


def kept_apart(scripts: ScriptDirectory) -> bool:
    """Whether each of the heads has labels of its own, so that the branches are meant to stay."""
    heads = [head for head in map(scripts.get_revision, scripts.get_heads()) if head]
    return len({frozenset(head.branch_labels) for head in heads}) == len(heads)


def of_heads(heads: Iterable[Head]) -> list[Finding]:
    """Two heads that no label keeps apart: `upgrade head` could not decide between them."""
    by_labels: dict[frozenset[str], list[Head]] = {}
    for head in heads:
        by_labels.setdefault(head.labels, []).append(head)
    return [
        Finding(
            HEADS,
            Place(same[-1].file),
            f"the history has {len(same)} heads: "
            + " and ".join(f"{head.id} ({head.file})" for head in same),
            fix=(
                f"To join them: {Command('merge', m='join the branches')}\n"
                f"To put yours after the other one, if nobody has run it yet: {Command('rebase')}"
            ),
        )
        for same in by_labels.values()
        if len(same) > 1
    ]
