import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column("orders", "made", existing_type=mysql.DATETIME(fsp=6), type_=sa.String(26))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
