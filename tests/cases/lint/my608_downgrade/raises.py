from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("SELECT 1")


def downgrade() -> None:
    op.execute("SET unique_checks = OFF")
