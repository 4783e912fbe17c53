"""Move the mail address of each user to a table of its own."""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "e3c87c4a7bde"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email",
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("address", sa.String(255), nullable=False),
    )
    op.execute("INSERT INTO email SELECT id, LOWER(email) FROM user WHERE email IS NOT NULL")


def downgrade() -> None:
    op.drop_table("email")
