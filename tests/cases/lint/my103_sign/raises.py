import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column(
        "orders", "number", existing_type=sa.BigInteger, type_=mysql.BIGINT(unsigned=True)
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
