from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("INSERT INTO orders (id, state) VALUES (1, 'new')")
    op.create_index("ix_orders_number", "orders", ["number"])


def downgrade() -> None:
    raise NotImplementedError("not needed here")
