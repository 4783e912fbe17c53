import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns("orders")]
    if "label" not in columns:
        op.add_column("orders", sa.Column("label", sa.String(20)))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
