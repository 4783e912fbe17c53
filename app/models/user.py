"""The people who write articles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class User(Base):
    """A person with an account."""

    __tablename__ = "user"
    __table_args__ = {"comment": "用户"}

    id: Mapped[int] = mapped_column(Integer, primary_key=True, comment="用户编号")
    name: Mapped[str] = mapped_column(String(255), nullable=False, unique=True, comment="用户名")
    email: Mapped[str | None] = mapped_column(String(255), index=True, comment="邮箱")
    create_time: Mapped[datetime] = mapped_column(
        DateTime, default=datetime.now, comment="创建时间"
    )
