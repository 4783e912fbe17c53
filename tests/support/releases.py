"""A release of a project with the table `orders`, and changes of it in later revisions."""

from __future__ import annotations

from typing import NamedTuple

MODEL = '''"""Orders."""

from sqlalchemy import Column, Integer, String, text
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (Column("unused", String(40)),)
    __mapper_args__ = {"exclude_properties": ["unused"]}

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(EnumType("new", "paid", "sent"))
    code: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    note: Mapped[str | None] = mapped_column(String(40))
    user_id: Mapped[int | None]
'''
TABLE = """    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.Enum("new", "paid", "sent"), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("note", sa.String(40)),
        sa.Column("unused", sa.String(40)),
        sa.Column("user_id", sa.Integer()),
    )"""


class Stop(NamedTuple):
    """A change of the table ``orders`` that old code cannot run on.

    ``what`` is a part of the finding, ``numbers`` are the errors that it names, ``statement`` is
    one of the old code that gets one of them.
    """

    change: str
    code: str
    what: str
    numbers: tuple[int, ...]
    statement: str


INSERT = "INSERT INTO orders (state, code, note, user_id) VALUES ({}, {}, {}, {})"
PLAIN = INSERT.format("'new'", "'1'", "'a'", "NULL")
STOPS = [
    Stop("DROP note", "RL101", "uses orders.note, which is gone", (1054,), PLAIN),
    Stop("RENAME TO sales", "RL101", "uses the table orders, which is gone", (1146,), PLAIN),
    Stop("ADD size INT NOT NULL", "RL102", "leaves out orders.size, which", (1364,), PLAIN),
    Stop(
        "MODIFY note VARCHAR(40) NOT NULL",
        "RL102",
        "may write NULL to orders.note",
        (1048,),
        INSERT.format("'new'", "'1'", "NULL", "NULL"),
    ),
    Stop("ALTER `count` DROP DEFAULT", "RL102", "leaves orders.count to", (1364,), PLAIN),
    Stop(
        "MODIFY state ENUM('new','sent') NOT NULL",
        "RL103",
        "may write 'paid' to orders.state, which is no member now",
        (1265,),
        INSERT.format("'paid'", "'1'", "NULL", "NULL"),
    ),
    Stop(
        "MODIFY code VARCHAR(20) NOT NULL",
        "RL103",
        "may write values longer than 20 characters to orders.code, which is varchar(20) now",
        (1406,),
        INSERT.format("'new'", "REPEAT('1', 21)", "NULL", "NULL"),
    ),
    Stop(
        "MODIFY `count` TINYINT NOT NULL DEFAULT 0",
        "RL103",
        "may write numbers above 127",
        (1264,),
        "INSERT INTO orders (state, code, `count`) VALUES ('new', '1', 128)",
    ),
    Stop(
        "MODIFY code INT NOT NULL",
        "RL103",
        "may write values that are not an INT",
        (1366, 1292),
        INSERT.format("'new'", "'a'", "NULL", "NULL"),
    ),
    Stop("ADD UNIQUE (code)", "RL104", "may write the same code twice to", (1062,), PLAIN),
    Stop(
        "ADD FOREIGN KEY (user_id) REFERENCES user (id) ON DELETE CASCADE",
        "RL104",
        "may write a user_id to orders that is not in user",
        (1452,),
        INSERT.format("'new'", "'1'", "NULL", "7"),
    ),
    Stop(
        "ADD buyer INT, ADD FOREIGN KEY (buyer) REFERENCES user (id)",
        "RL104",
        "may delete rows of user that orders.buyer refers to",
        (1451,),
        "DELETE FROM user",
    ),
    Stop(
        "MODIFY note VARCHAR(40) CHARACTER SET latin1",
        "RL103",
        "may write characters that latin1 lacks to orders.note",
        (1366,),
        INSERT.format("'new'", "'1'", "'\u65e5'", "NULL"),
    ),
    Stop(
        "ADD CHECK (`count` > -1)",
        "RL104",
        "may write rows to orders that break CHECK",
        (3819, 4025),
        "INSERT INTO orders (state, code, `count`) VALUES ('new', '1', -1)",
    ),
    Stop(
        "DROP note, ADD note VARCHAR(40) AS (code)",
        "RL103",
        "writes orders.note, which is generated now",
        (3105, 1906),
        PLAIN,
    ),
]
# Changes that old code does not notice.
FINE = [
    "ADD size INT NOT NULL DEFAULT 1",
    "DROP unused",
    "MODIFY state ENUM('new','paid','sent','lost') NOT NULL",
    "MODIFY code VARCHAR(80) NOT NULL",
    "MODIFY `count` BIGINT NOT NULL DEFAULT 0",
    "ADD UNIQUE (id, code)",
    "DROP note, ADD note VARCHAR(40)",
    "ADD parent INT, ADD FOREIGN KEY (parent) REFERENCES user (id) ON DELETE SET NULL",
    "ADD token VARCHAR(40) UNIQUE",
    "ADD kind ENUM('a', 'b') NOT NULL",
    "ADD weight INT CHECK (weight > 0)",
]
