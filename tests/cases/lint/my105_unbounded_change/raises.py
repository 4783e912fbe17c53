from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("UPDATE orders SET number = 0")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
