import sqlalchemy as sa
from alembic import op

from stillroom import batches

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("label", sa.String(20)))
    batches.update("orders", "label = 'x'", where="label IS NULL")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
