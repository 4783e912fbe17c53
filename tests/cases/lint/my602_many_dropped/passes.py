from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.drop_table("orders")
    op.drop_table("parent")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
