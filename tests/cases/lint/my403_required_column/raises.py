import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("weight", sa.Integer, nullable=False))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
