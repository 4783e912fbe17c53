from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("SET foreign_key_checks = 0")
    op.execute("SET SESSION sql_mode = ''")


def downgrade() -> None:
    op.execute("SET unique_checks = OFF")
