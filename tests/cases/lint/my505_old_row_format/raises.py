import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table(
        "page",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address", sa.String(200)),
        sa.Index("ix_page_address", "address"),
        mysql_charset="utf8mb4",
        mysql_row_format="COMPACT",
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
