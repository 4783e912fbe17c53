"""The engine."""

import os

from sqlalchemy import create_engine

engine = create_engine(os.environ.get("DB_URL", "mysql+pymysql://nobody@db.invalid/shop"))
