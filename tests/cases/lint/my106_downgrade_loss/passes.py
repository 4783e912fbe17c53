import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("label", sa.String(20)))
    op.create_table("tag", sa.Column("id", sa.Integer, primary_key=True))
    op.alter_column("orders", "short", existing_type=sa.String(20), type_=sa.String(30))


def downgrade() -> None:
    op.alter_column("orders", "short", existing_type=sa.String(30), type_=sa.String(20))
    op.drop_table("tag")
    op.drop_column("orders", "label")
