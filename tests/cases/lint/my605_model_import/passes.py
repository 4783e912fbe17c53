from decimal import Decimal  # noqa: F401

import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("label", sa.String(len("user"))))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
