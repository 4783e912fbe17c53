"""The only module that a project's env.py imports. It imports little itself."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from stillroom.project.model_imports import import_models

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

__all__ = ["guard", "import_models"]

if "alembic.ddl" in sys.modules:  # which runs the env.py: that it copies tables as it should
    import_module("stillroom.project.alembic_env.sqlite_copies")


def guard(context: ModuleType | MigrationContext) -> None:
    """Let plain Alembic do what Stillroom's own commands do.

    One line for env.py, behind its imports and before it connects: ``guard(context)``, with the
    ``context`` of ``from alembic import context``. Then ``alembic upgrade`` and ``downgrade`` run
    under the lock and with the journal, ``stamp`` refuses over a half-applied revision, and
    ``check`` and ``revision --autogenerate`` replay the revisions and need no server, and
    ``upgrade --sql`` prints a script that may be cut off and run again.

    ``guard(context.get_context())`` behind ``context.configure()`` has the same effect, except
    for ``check`` and ``revision --autogenerate``: env.py has connected by then.
    """
    from stillroom.project.alembic_env import alembic_internals, env_runner

    environment = alembic_internals.environment_of(context)
    if environment is None or env_runner.is_run_by_us(environment):
        return
    if alembic_internals.stands_in(context):
        return
    from stillroom import plain_alembic

    if isinstance(context, ModuleType):
        plain_alembic.replay_instead(environment)
    plain_alembic.apply_instead(environment)
