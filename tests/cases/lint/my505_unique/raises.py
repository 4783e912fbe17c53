from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_unique_constraint("uq_orders_long", "orders", ["long"])


def downgrade() -> None:
    raise NotImplementedError("not needed here")
