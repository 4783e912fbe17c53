"""Tables that no module under app.models imports."""

from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Invoice(Base):
    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)


receipt = Table("receipt", Base.metadata, Column("id", Integer, primary_key=True))
