from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shop.database import Base


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
