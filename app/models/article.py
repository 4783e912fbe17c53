"""What the users write."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import DateTime, Integer, String
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Article(Base):
    """An article as it is published."""

    __tablename__ = "article"
    __table_args__ = {"comment": "文章"}

    id: Mapped[int] = mapped_column(Integer, primary_key=True, comment="文章编号")
    uuid: Mapped[str] = mapped_column(
        String(32), unique=True, default=lambda: uuid4().hex, comment="文章唯一标识"
    )
    title: Mapped[str] = mapped_column(String(255), nullable=False, comment="文章标题")
    subTitle: Mapped[str | None] = mapped_column(  # noqa: N815  # the name of the column
        String(255), default="", comment="文章副标题"
    )
    coverImage: Mapped[str | None] = mapped_column(  # noqa: N815
        LONGTEXT, comment="文章封面"
    )
    content: Mapped[str] = mapped_column(LONGTEXT, nullable=False, comment="文章内容")
    views: Mapped[int | None] = mapped_column(Integer, default=0, comment="浏览次数")
    author: Mapped[str | None] = mapped_column(String(255), comment="文章作者")
    create_time: Mapped[datetime | None] = mapped_column(
        DateTime, default=datetime.now, comment="创建时间"
    )
    last_update_time: Mapped[datetime | None] = mapped_column(
        DateTime, default=datetime.now, onupdate=datetime.now, comment="最后更新时间"
    )
