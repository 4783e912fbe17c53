from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("ALTER TABLE orders FORCE")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
