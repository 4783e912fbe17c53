from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_index("ix_log_id", "log", ["id"])


def downgrade() -> None:
    raise NotImplementedError("not needed here")
