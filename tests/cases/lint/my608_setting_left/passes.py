from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("SET foreign_key_checks = 0, unique_checks = 0")
    op.execute("SET @mode = @@sql_mode, sql_mode = ''")
    op.execute("SET sql_mode = @mode")
    op.execute("SET foreign_key_checks = 1, unique_checks = DEFAULT")
    op.execute("SET GLOBAL foreign_key_checks = 0")


def downgrade() -> None:
    op.execute("SET foreign_key_checks = OFF")
    op.execute("SET foreign_key_checks = DEFAULT")
