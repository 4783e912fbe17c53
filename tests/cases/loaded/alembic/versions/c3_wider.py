"""A key that is wider than the one that the server made for a foreign key."""

from alembic import op

revision = "c3"
down_revision = "b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_member_team_boss", "member", ["team_id", "boss_id"])


def downgrade() -> None:
    op.drop_index("ix_member_team_boss", "member")
