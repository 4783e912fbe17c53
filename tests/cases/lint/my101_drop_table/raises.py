from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.drop_table("orders")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
