"""A module at some depth, which nobody imports by hand."""

from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Order(Base):
    __tablename__ = "order"

    id: Mapped[int] = mapped_column(primary_key=True)
