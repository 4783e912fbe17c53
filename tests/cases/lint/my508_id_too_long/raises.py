import sqlalchemy as sa
from alembic import op

revision = "20240718_widen_the_columns_of_samples"
down_revision = "ground"


def upgrade() -> None:
    op.create_table("samples", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
