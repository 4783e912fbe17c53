import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column(
        "orders",
        "state",
        existing_type=sa.Enum("new", "paid", "sent"),
        type_=sa.Enum("new", "paid", "sent", "lost"),
        existing_nullable=False,
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
