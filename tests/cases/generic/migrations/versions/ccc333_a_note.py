"""a note"""

import sqlalchemy as sa
from alembic import op

revision = "ccc333"
down_revision = "bbb222"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("note", sa.String(200), nullable=True))


def downgrade():
    op.drop_column("orders", "note")
