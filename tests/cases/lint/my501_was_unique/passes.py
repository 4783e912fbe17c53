from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("ALTER TABLE log DROP PRIMARY KEY")
    op.create_unique_constraint("uq_log_id", "log", ["id"])


def downgrade() -> None:
    raise NotImplementedError("not needed here")
