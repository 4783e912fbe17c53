"""Chooses the steps of Alembic that a command on a database takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.apply import half_applied
from stillroom.apply.errors import ApplyError
from stillroom.apply.half_applied import HalfApplied
from stillroom.apply.journal.applied_sources import read_source
from stillroom.findings import Finding, Place, shown
from stillroom.project.alembic_env import alembic_internals
from stillroom.replay.revisions import contracts
from stillroom.replay.revisions.contracts import contract_of
from stillroom.shell import Command


def selected_steps(
    script: ScriptDirectory,
    direction: str,
    revision: str | None,
    heads: Any,  # Alembic's annotations say str
    begun: HalfApplied | None,
) -> list[RevisionStep]:
    """The steps from ``heads`` to ``revision``, that of a half-applied revision first.

    ``direction`` is upgrade, downgrade or resume. Raises ApplyError if a half-applied revision is
    not on this way, and for a way that does not exist.
    """
    if direction == "resume":
        return _resumed(script, heads, begun)
    if direction == "upgrade":
        steps = alembic_internals.upgrade_steps(script, revision or "head", heads)
    else:
        steps = _downgrade(script, revision or "-1", heads)
    if begun is None:
        return steps
    first = [step for step in steps if step.revision.revision == begun.revision]
    if begun.direction != direction or not first:
        raise half_applied.refuse(begun, f"{direction} {revision}")
    return first + [step for step in steps if step is not first[0]]


def before_contract(
    script: ScriptDirectory,
    steps: Sequence[RevisionStep],
    heads: Sequence[str],
    begun: HalfApplied | None,
    waits: Callable[[str], str],
) -> tuple[list[RevisionStep], Finding | None]:
    """The ``steps`` before the first contract revision that has to wait, and what says so.

    None waits in a database that is made from base, where no code can have run, and none that was
    begun. ``waits`` returns why the one of an id does. Raises ApplyError for one without expand.
    """
    allowed: list[RevisionStep] = []
    for step in steps:
        name, path = step.revision.revision, shown(step.revision.path)
        marked = contract_of(read_source(step.revision) or "") if step.is_upgrade else None
        if marked is not None:
            expand, line = marked
            behind = script.iterate_revisions(name, "base", inclusive=False)
            if expand not in {revision.revision for revision in behind}:
                raise ApplyError(
                    "AP124",
                    contracts.misplaced(name, expand),
                    where=f"{path}:{line}",
                    fix=contracts.WAY_OUT,
                )
            is_begun = begun is not None and begun.revision == name
            if heads and not is_begun and (reason := waits(name)):
                return allowed, _waiting(name, Place(path, line), reason)
        allowed.append(step)
    return allowed, None


def _waiting(contract: str, place: Place, reason: str) -> Finding:
    return Finding(
        "AP123",
        place,
        f"the upgrade stops before the contract revision {contract}: {reason}",
        why="It takes away what the old code uses.",
        fix=f"When that code is gone: {Command('upgrade', contract=True)}",
    )


def _downgrade(script: ScriptDirectory, wanted: str, heads: Any) -> list[RevisionStep]:
    try:
        return alembic_internals.downgrade_steps(script, wanted, heads)
    except CommandError as failure:
        if not _leads_to(script, wanted, heads):
            raise
        at = ", ".join(heads) or "base"
        raise ApplyError(
            "AP118",
            f"a downgrade cannot reach {wanted}: the database is at {at}, which is before it",
            fix=str(Command("upgrade", rev=wanted)),
        ) from failure


def _leads_to(script: ScriptDirectory, wanted: str, heads: Any) -> bool:
    """Whether an upgrade would lead from the heads to the revision."""
    try:
        return bool(alembic_internals.upgrade_steps(script, wanted, heads))
    except CommandError:
        return False


def _resumed(script: ScriptDirectory, heads: Any, begun: HalfApplied | None) -> list[RevisionStep]:
    if begun is None:
        return []  # of several databases in one env.py, perhaps another has one
    if begun.direction == "upgrade":
        return alembic_internals.upgrade_steps(script, begun.revision, heads)
    return [
        MigrationStep.downgrade_from_script(
            script.revision_map, script.get_revision(begun.revision)
        )
    ]
