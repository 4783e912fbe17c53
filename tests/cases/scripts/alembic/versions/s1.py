"""Tables, rows with awkward characters, and a setting."""

import sqlalchemy as sa
from alembic import op

revision = "s1"
down_revision = None
AWKWARD = ["it's", 'a "b"', "back\\slash", "100 %s", "两 🎉", "a;b -- c", "line\nline\r\n", "$$"]


def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False, comment="it's; the \\ name"),
        sa.Column("kind", sa.Enum("a", "b'c", "100%")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("total", sa.Numeric(10, 2), server_default="0"),
    )
    names = sa.table("users", sa.column("name"))
    op.bulk_insert(names, [{"name": name} for name in AWKWARD])
    op.execute("SET FOREIGN_KEY_CHECKS = 0")
    op.create_foreign_key("fk_orders_users", "orders", "users", ["user_id"], ["id"])
    op.execute("SET FOREIGN_KEY_CHECKS = 1")
    op.execute("INSERT INTO orders (user_id, total) SELECT id, id * 2.5 FROM users; "
               "UPDATE orders SET total = total + 1 WHERE id > 2")  # fmt: skip


def downgrade():
    op.drop_constraint("fk_orders_users", "orders", type_="foreignkey")
    op.execute("DROP TABLE orders, users")
