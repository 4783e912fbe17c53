import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table("kind", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO kind (id) VALUES (1)")


def downgrade() -> None:
    raise NotImplementedError("not needed here")
