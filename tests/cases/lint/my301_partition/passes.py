from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("ALTER TABLE log COMMENT 'not cut'")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
