import os

from alembic import context
from heroes import models  # noqa: F401
from sqlalchemy import create_engine
from sqlmodel import SQLModel

engine = create_engine(os.environ.get("HEROES_DB", "mysql+pymysql://nobody@127.0.0.1:9/heroes"))

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata)

    with context.begin_transaction():
        context.run_migrations()
