from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("SET SESSION foreign_key_checks = 0")
    op.create_foreign_key("fk_orders_parent", "orders", "parent", ["parent_id"], ["id"])
    op.execute("SET SESSION foreign_key_checks = 1")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
