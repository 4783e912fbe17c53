import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("label", sa.String(20)))


def downgrade() -> None:
    op.drop_column("orders", "label")
    op.drop_column("orders", "long")
    op.alter_column("orders", "short", existing_type=sa.String(20), type_=sa.String(10))
