import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("head", sa.String(10000)),
        sa.Column("body", sa.String(10000)),
        mysql_charset="utf8mb4",
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
