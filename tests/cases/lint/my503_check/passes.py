import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table(
        "line",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("count", sa.Integer),
        sa.CheckConstraint("count > 0", name="ck_line_count"),
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
