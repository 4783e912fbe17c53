"""A table."""

from sqlalchemy.orm import Mapped, mapped_column

from shop.base import Model


class Item(Model):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
