import sqlalchemy as sa
from alembic import op

revision = "ground"
down_revision = "e3c87c4a7bde"


def upgrade() -> None:
    op.create_table("orders", sa.Column("id", sa.BigInteger, primary_key=True))


def downgrade() -> None:
    op.drop_table("orders")
