import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    columns = [sa.Column(f"c{number}", sa.SmallInteger) for number in range(1017)]
    op.create_table("wide", sa.Column("id", sa.Integer, primary_key=True), *columns)


def downgrade() -> None:
    raise NotImplementedError("not needed here")
