import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("weight", sa.Integer, nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("kind", sa.Enum("first", "second"), nullable=False))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
