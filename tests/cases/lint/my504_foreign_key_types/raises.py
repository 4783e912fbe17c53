from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_foreign_key("fk_orders_number", "orders", "parent", ["number"], ["id"])


def downgrade() -> None:
    raise NotImplementedError("not needed here")
