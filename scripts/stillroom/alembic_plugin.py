"""Guards plain Alembic where env.py does not call ``stillroom.env.guard``.

Alembic 1.18 and newer load it by the entry point ``alembic.plugins``, wherever this package is
installed. Older ones never import it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import alembic
from alembic.ddl.impl import DefaultImpl
from alembic.ddl.mysql import MariaDBImpl, MySQLImpl

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin


class _Plugin(ModuleType):
    """Alembic 1.18.0 to 1.20.0 iterate over what the entry point names; 1.20.1 takes a module."""

    def __iter__(self) -> Iterator[ModuleType]:
        yield self


sys.modules[__name__].__class__ = _Plugin


class _Guard(DefaultImpl):
    """Asks for the journal before Alembic moves a database, or compares the models with it."""

    def start_migrations(self) -> None:
        super().start_migrations()
        # Not before: whoever imports Alembic for something else does not wait for it.
        from stillroom.project.alembic_env import alembic_internals, env_runner

        environment = alembic_internals.environment_of(alembic.context)
        if environment is None or env_runner.is_run_by_us(environment):
            return
        context = environment.get_context()
        if context.impl is not self or self.connection is None:
            return
        if alembic_internals.stands_in(context) or not _matters(environment.context_opts):
            return
        from stillroom import plain_alembic

        plain_alembic.refuse_half_applied(environment)


def _matters(options: dict[str, Any]) -> bool:
    revision = options.get("revision_context")
    compares = revision is not None and bool(revision.command_args["autogenerate"])
    return compares or options.get("destination_rev") is not None


def setup(_plugin: Plugin) -> None:
    """Put the guard before Alembic's own ``MySQLImpl`` and ``MariaDBImpl``.

    Alembic takes the class that was defined last for a dialect, so that of a project goes before.
    """

    class GuardedMySQLImpl(_Guard, MySQLImpl):
        __dialect__ = MySQLImpl.__dialect__

    class GuardedMariaDBImpl(_Guard, MariaDBImpl):
        __dialect__ = MariaDBImpl.__dialect__
