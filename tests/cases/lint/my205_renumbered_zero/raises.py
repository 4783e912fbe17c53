import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column("log", "id", existing_type=sa.Integer(), autoincrement=True)


def downgrade() -> None:
    raise NotImplementedError("not needed here")
