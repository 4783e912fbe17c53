import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", mysql.INTEGER(unsigned=True), sa.ForeignKey("parent.id")),
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
