import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_table(
        "a_name_of_a_table_that_somebody_has_made_of_far_too_many_long_words",
        sa.Column("id", sa.Integer, primary_key=True),
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
