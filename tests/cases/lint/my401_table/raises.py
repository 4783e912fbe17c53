from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.rename_table("log", "journal")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
