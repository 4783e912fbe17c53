"""Two tables, a foreign key, and rows by bulk_insert.

Revision ID: r1
"""

import sqlalchemy as sa
from alembic import op

revision = "r1"
down_revision = None


def upgrade():
    users = op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("total", sa.Numeric(8, 2)),
        sa.Column("placed", sa.DateTime),
    )
    op.bulk_insert(users, [{"name": f"user {number}"} for number in range(5)])
    op.create_foreign_key("fk_orders_users", "orders", "users", ["user_id"], ["id"])
    op.execute("INSERT INTO orders (user_id, total, placed) SELECT id, id * 1.5, NULL FROM users")
    op.create_index("ix_orders_total", "orders", ["total"])


def downgrade():
    op.drop_table("orders")
    op.drop_table("users")
