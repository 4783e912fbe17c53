import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "ground"
down_revision = "e3c87c4a7bde"


def upgrade() -> None:
    op.create_table(
        "parent",
        sa.Column("id", sa.Integer, primary_key=True),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer),
        sa.Column("name", sa.String(100), nullable=False, server_default="x", comment="shown"),
        sa.Column("short", sa.String(20)),
        sa.Column("amount", sa.Numeric(10, 4)),
        sa.Column("number", sa.BigInteger),
        sa.Column("made", mysql.DATETIME(fsp=6)),
        sa.Column("state", sa.Enum("new", "paid", "sent"), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("long", sa.String(1000)),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
    )
    op.create_table(
        "log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("line", sa.String(200)),
    )
    op.create_index("ix_orders_short", "orders", ["short"])


def downgrade() -> None:
    op.drop_table("log")
    op.drop_table("orders")
    op.drop_table("parent")
