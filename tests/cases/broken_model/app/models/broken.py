"""A module that cannot be imported."""

from app.database.engine import Base


class Broken(Base):
    __tablename__ = "broken"

    id = undefined_name  # noqa: F821
