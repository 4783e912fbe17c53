from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_index("ix_orders_text", "orders", ["text"], mysql_length={"text": 100})


def downgrade() -> None:
    raise NotImplementedError("not needed here")
