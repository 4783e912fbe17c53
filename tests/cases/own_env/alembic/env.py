"""What `alembic init` writes, with one model imported by hand."""

from alembic import context
from sqlalchemy import engine_from_config, pool

from app.models.user import User

config = context.config
target_metadata = None

print(User)
connectable = engine_from_config(
    config.get_section(config.config_ini_section), prefix="sqlalchemy.", poolclass=pool.NullPool
)
with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=target_metadata)
    with context.begin_transaction():
        context.run_migrations()
