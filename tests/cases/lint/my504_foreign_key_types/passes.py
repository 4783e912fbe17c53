from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_foreign_key("fk_orders_parent", "orders", "parent", ["parent_id"], ["id"])


def downgrade() -> None:
    raise NotImplementedError("not needed here")
