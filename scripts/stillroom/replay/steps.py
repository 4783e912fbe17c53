"""Prepares the steps of one run, so that it is known which revision a statement belongs to."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, cast

from alembic.runtime.migration import MigrationStep
from alembic.script import Script

from stillroom.replay.server import Server


def ancestors(scripts: Any, heads: tuple[str, ...]) -> set[str]:
    """The ids of ``heads`` and of all revisions below them."""
    return {
        script.revision
        for head in heads
        for script in scripts.iterate_revisions(head, (), implicit_base=True)
    }


def topmost(scripts: Any, heads: tuple[str, ...]) -> tuple[str, ...]:
    """``heads`` without those that another depends on: Alembic refuses to go to both."""
    below = {name for head in heads for name in ancestors(scripts, (head,)) - {head}}
    return tuple(sorted({*heads} - below))


def step_of(scripts: Any, name: str) -> Any:
    """The upgrade of one revision, as Alembic runs it."""
    script = cast(Script, scripts.get_revision(name))
    return MigrationStep.upgrade_from_script(scripts.revision_map, script)


def watch(
    step: Any,
    server: Server,
    current: list[tuple[str, bool]],
    before_step: Callable[[str, Server], None] | None,
) -> None:
    """Let it be known which revision a statement belongs to."""
    own = step.migration_fn
    name = step.revision.revision

    def migrate(**options: Any) -> None:
        if before_step is not None:
            before_step(name, server)
        current.append((name, step.is_upgrade))
        try:
            with server.databases_kept():  # as the gate does it on a server
                own(**options)
        finally:
            current.clear()

    step.migration_fn = update_wrapper(migrate, own)  # Alembic logs its name


def before(step: Any, begin: Callable[[Any], None]) -> None:
    """Call ``begin`` with the step before it runs."""
    own = step.migration_fn

    def migrate(**options: Any) -> None:
        begin(step)
        own(**options)

    step.migration_fn = update_wrapper(migrate, own)  # Alembic logs its name


def try_undo(step: Any, server: Server, current: list[tuple[str, bool]]) -> None:
    """Let the downgrade of a revision run behind its upgrade, and leave no trace in the state."""
    own = step.migration_fn

    def migrate(**options: Any) -> None:
        own(**options)
        state = server.state
        current.append((step.revision.revision, False))
        try:
            step.revision.module.downgrade(**options)
        except (Exception, SystemExit):  # noqa: BLE001  # many revisions refuse to be undone
            server.refused = None
        finally:
            server.state = state
            current.clear()

    step.migration_fn = update_wrapper(migrate, own)  # Alembic logs its name
