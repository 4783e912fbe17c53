from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_index("ix_orders_long", "orders", ["name", "long"], mysql_length={"long": 600})


def downgrade() -> None:
    raise NotImplementedError("not needed here")
