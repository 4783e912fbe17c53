import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.alter_column("orders", "short", existing_type=sa.String(20), type_=sa.String(30))
    op.execute("UPDATE orders SET short = CONCAT(short, '...') WHERE id < 10")
    op.alter_column("orders", "short", existing_type=sa.String(30), type_=sa.String(20))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
