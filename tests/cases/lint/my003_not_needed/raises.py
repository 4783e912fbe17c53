import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("x", sa.Integer))  # stillroom: allow MY102 as it is new


def downgrade() -> None:
    raise NotImplementedError("not needed here")
