import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table("empty", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("TRUNCATE TABLE empty")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
