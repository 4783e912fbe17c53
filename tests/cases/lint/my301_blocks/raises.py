import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column("orders", "amount", existing_type=sa.Numeric(10, 4), type_=sa.Numeric(12, 4))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
