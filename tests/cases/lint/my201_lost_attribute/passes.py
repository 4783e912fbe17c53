import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column(
        "orders",
        "name",
        existing_type=sa.String(100),
        type_=sa.String(200),
        existing_nullable=False,
        existing_server_default="x",
        existing_comment="shown",
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
