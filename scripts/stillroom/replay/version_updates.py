"""Speeds up Alembic's own UPDATE of its version table, which comes once for each revision.

Alembic writes the ids into the statement, so that SQLAlchemy compiles each of them anew: a sixth of
the time that a replay of many small revisions takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.runtime.migration import HeadMaintainer
from alembic.util import CommandError
from sqlalchemy import bindparam
from sqlalchemy.sql.dml import Update

from stillroom.project.alembic_env import alembic_internals
from stillroom.project.patching import replaced


@contextmanager
def compiled_once() -> Iterator[None]:
    """Within it the UPDATE is the same one each time, and the ids are its parameters."""
    own = alembic_internals.update_version
    statements: dict[object, Update] = {}

    def update_version(self: HeadMaintainer, from_: str, to_: str) -> None:
        context = self.context
        if context.as_sql:
            own(self, from_, to_)
            return
        table = alembic_internals.version_table(context)
        statement = statements.get(table)
        if statement is None:
            column = table.c.version_num
            statement = table.update().where(column == bindparam("below"))
            statement = statements[table] = statement.values(version_num=bindparam("own"))
        self.heads.remove(from_)
        self.heads.add(to_)
        done = alembic_internals.execute(context, statement, {"below": from_, "own": to_})
        if done is not None and done.rowcount != 1:
            raise CommandError(
                f"{context.version_table} has {done.rowcount} rows with {from_}, not 1"
            )

    with replaced(HeadMaintainer, alembic_internals.UPDATE_VERSION, update_version):
        yield
