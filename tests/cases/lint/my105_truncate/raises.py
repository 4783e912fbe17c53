from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("TRUNCATE TABLE log")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
