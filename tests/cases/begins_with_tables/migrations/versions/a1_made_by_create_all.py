"""made by create_all"""

revision = "a1"
down_revision = None


def upgrade():
    pass


def downgrade():
    pass
