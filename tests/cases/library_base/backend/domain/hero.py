"""Two tables, with types of the project's own."""

from basekit import Model
from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, UserDefinedType


class Money(TypeDecorator):
    impl = Numeric(12, 4)
    cache_ok = True


class Label(String):
    pass


class Point(UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **_):
        return "POINT"


class Team(Model):
    id: Mapped[int] = mapped_column(primary_key=True)


class Hero(Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    salary: Mapped[float] = mapped_column(Money)
    label: Mapped[str | None] = mapped_column(Label(30), comment="100% 标签")
    home: Mapped[str | None] = mapped_column(Point)
