from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("CREATE TABLE copied (id INT PRIMARY KEY, name VARCHAR(100))")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
