from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD COLUMN x INT, ADD INDEX ix_orders_number (number)")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
