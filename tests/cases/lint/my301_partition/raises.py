from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("ALTER TABLE log PARTITION BY HASH (id) PARTITIONS 4")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
