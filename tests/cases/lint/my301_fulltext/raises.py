from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_index("ft_orders_text", "orders", ["text"], mysql_prefix="FULLTEXT")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
