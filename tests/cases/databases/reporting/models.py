from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from reporting.database import Base


class Sale(Base):
    __tablename__ = "sales"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
