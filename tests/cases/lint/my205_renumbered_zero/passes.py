import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute("SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
    op.alter_column("log", "id", existing_type=sa.Integer(), autoincrement=True)
    op.execute("SET sql_mode = DEFAULT")
    op.alter_column(
        "orders",
        "id",
        type_=sa.BigInteger(),
        existing_type=sa.Integer(),
        existing_nullable=False,
        autoincrement=True,
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
