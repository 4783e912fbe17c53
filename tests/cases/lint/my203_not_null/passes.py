import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("UPDATE orders SET number = 0 WHERE number IS NULL")
    op.alter_column("orders", "number", existing_type=sa.BigInteger, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("not needed here")
