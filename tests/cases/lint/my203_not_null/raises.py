import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column("orders", "number", existing_type=sa.BigInteger, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("not needed here")
