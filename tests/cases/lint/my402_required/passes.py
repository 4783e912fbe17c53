from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.drop_index("ix_orders_short", table_name="orders")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
