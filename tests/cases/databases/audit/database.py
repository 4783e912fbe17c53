import os

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase

engine = create_engine(os.environ.get("AUDIT_URL", "mysql+pymysql://nobody@127.0.0.1:9/audit"))


class Base(DeclarativeBase):
    pass
