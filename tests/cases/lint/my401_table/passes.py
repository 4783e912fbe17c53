import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table("draft", sa.Column("id", sa.Integer, primary_key=True))
    op.rename_table("draft", "final")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
