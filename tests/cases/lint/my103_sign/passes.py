import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column("orders", "parent_id", existing_type=sa.Integer, type_=sa.BigInteger)


def downgrade() -> None:
    raise NotImplementedError("not needed here")
