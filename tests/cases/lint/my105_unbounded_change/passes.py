import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("UPDATE orders SET number = 0 WHERE id < 5000")
    op.add_column("orders", sa.Column("doubled", sa.Integer))
    op.execute("UPDATE orders SET doubled = number * 2")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
