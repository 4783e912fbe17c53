from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_index("ix_orders_number", "orders", ["number"])


def downgrade() -> None:
    op.drop_index("ix_orders_number", table_name="orders")
