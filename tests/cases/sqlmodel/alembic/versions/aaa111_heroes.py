"""heroes"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "aaa111"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "hero",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hero_name", "hero", ["name"])


def downgrade():
    op.drop_table("hero")
