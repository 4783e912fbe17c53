from alembic import op

revision = "case"
down_revision = "ground"


# stillroom: allow MY102 nothing reads it since 2.1
def upgrade() -> None:
    op.drop_column("orders", "short")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
