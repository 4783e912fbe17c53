from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("CREATE TABLE copied SELECT id, name FROM orders")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
