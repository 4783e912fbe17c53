"""Alembic runs this file: it says which tables there are, and which database they live in."""

import asyncio
from logging.config import fileConfig
from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.engine import Base, engine
from stillroom.env import guard, import_models

guard(context)  # plain `alembic` has the lock, the journal and the replay, too

config = context.config
if config.config_file_name is not None and config.attributes.get("configure_logger", True):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

# A table that nothing imports looks like a dropped one.
import_models(config.get_section("stillroom", {}).get("models", "app.models"))

OPTIONS: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "compare_server_default": True,
    "render_as_batch": True,  # SQLite changes a table only by copying it
}


def print_sql() -> None:
    """``--sql``: write the statements instead of sending them."""
    context.configure(
        url=engine.url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **OPTIONS
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate(connection: Connection) -> None:
    """Run the revisions on a connection."""
    context.configure(connection=connection, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_async(async_engine: AsyncEngine) -> None:
    """Run the revisions on a connection of an async engine."""
    async with async_engine.connect() as connection:
        await connection.run_sync(migrate)
    await async_engine.dispose()


if context.is_offline_mode():
    print_sql()
elif isinstance(engine, AsyncEngine):
    asyncio.run(migrate_async(engine))
else:
    with engine.connect() as connection:
        migrate(connection)
