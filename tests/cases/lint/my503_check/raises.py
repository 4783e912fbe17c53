from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_check_constraint("ck_orders_number", "orders", "number > 0")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
