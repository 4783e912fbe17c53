"""A data loop between two ALTERs, and a column that it reads goes away.

Revision ID: r2
"""

import sqlalchemy as sa
from alembic import op

revision = "r2"
down_revision = "r1"


def upgrade():
    bind = op.get_bind()
    op.add_column("users", sa.Column("label", sa.String(80)))
    op.add_column("users", sa.Column("token", sa.String(36)))
    for row in bind.execute(sa.text("SELECT id, name FROM users WHERE label IS NULL")):
        bind.execute(
            sa.text("UPDATE users SET label = :label, token = CONCAT('t', :id) WHERE id = :id"),
            {"label": row.name.upper(), "id": row.id},
        )
    op.execute("INSERT INTO users (name, label) VALUES ('late', 'LATE')")
    op.execute("UPDATE orders SET total = total + 1")
    op.alter_column("users", "label", existing_type=sa.String(80), nullable=False)
    op.execute("UPDATE orders SET total = total * 2")
    op.drop_column("users", "name")
    op.create_unique_constraint("uq_users_label", "users", ["label"])


def downgrade():
    op.drop_constraint("uq_users_label", "users", type_="unique")
    op.add_column("users", sa.Column("name", sa.String(40)))
    op.execute("UPDATE users SET name = LOWER(label)")
    op.execute("UPDATE orders SET total = total / 2 - 1")
    op.alter_column("users", "name", existing_type=sa.String(40), nullable=False)
    op.drop_column("users", "token")
    op.drop_column("users", "label")
