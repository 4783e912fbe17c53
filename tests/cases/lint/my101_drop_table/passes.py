import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table("scratch", sa.Column("id", sa.Integer))
    op.drop_table("scratch")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
