"""The base, elsewhere than the engine."""

from sqlalchemy.orm import DeclarativeBase


class Model(DeclarativeBase):
    pass
