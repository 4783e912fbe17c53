import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column("orders", "name", existing_type=sa.String(100), type_=sa.String(200))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
