from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from audit.database import Base


class Entry(Base):
    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
