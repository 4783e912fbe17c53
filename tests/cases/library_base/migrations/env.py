"""As Alembic's own template, with the application's engine and models."""

from logging.config import fileConfig

import backend.domain.hero  # noqa: F401
from alembic import context
from backend.db import engine
from basekit import Model

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name)

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Model.metadata)
    with context.begin_transaction():
        context.run_migrations()
