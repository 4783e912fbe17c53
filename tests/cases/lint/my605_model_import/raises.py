import sqlalchemy as sa
from alembic import op

from app.models.user import User

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.add_column("orders", sa.Column("label", sa.String(len(User.__tablename__))))


def downgrade() -> None:
    raise NotImplementedError("not needed here")
