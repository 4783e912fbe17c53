import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("label", sa.String(20)))
    op.execute("UPDATE orders SET label = 'x'")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
