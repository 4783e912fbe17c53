from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("DROP TABLE orders, parent")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
