"""email"""

import sqlalchemy as sa
from alembic import op

revision = "a2"
down_revision = "a1"


def upgrade():
    op.add_column("users", sa.Column("email", sa.String(120)))


def downgrade():
    op.drop_column("users", "email")
