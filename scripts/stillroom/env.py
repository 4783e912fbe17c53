"""The only module that a project's env.py imports. It imports little itself."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from stillroom.project.model_imports import import_models

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

__all__ = ["guard", "import_models"]

if "alembic.ddl" in sys.modules:  # which runs the env.py: that it copies tables as it should
    import_module("stillroom.project.alembic_env.sqlite_copies")


def guard(context: MigrationContext) -> None:
    """Stop plain Alembic at a half-applied revision.

    One line for env.py, behind ``context.configure()``:
    ``guard(context.get_context())``. Lets everything pass that moves no
    revision, replays, and Stillroom's own commands. Raises ApplyError AP201.
    """
    alembic = context.environment_context
    if alembic is None or context.as_sql or getattr(context.dialect, "stands_in", False):
        return
    if alembic.context_opts.get("destination_rev") is None:
        return
    from stillroom.apply.inspector import refuse_half_applied
    from stillroom.project.alembic_env.env_runner import is_run_by_us

    if not is_run_by_us(alembic):
        refuse_half_applied(context)
