from alembic import context
from audit.database import Base, engine

from stillroom.env import guard, import_models

guard(context)
import_models("audit")

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
