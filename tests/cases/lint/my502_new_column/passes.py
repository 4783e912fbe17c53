import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("other_id", sa.Integer))
    op.create_foreign_key("fk_orders_other", "orders", "parent", ["other_id"], ["id"])


def downgrade() -> None:
    raise NotImplementedError("not needed here")
