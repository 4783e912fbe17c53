import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column(
        "orders",
        "name",
        existing_type=sa.String(100),
        existing_nullable=False,
        existing_comment="shown",
        server_default=None,
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
