from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    # stillroom: allow MY102 nothing reads it since 2.1
    op.drop_column("orders", "short")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
