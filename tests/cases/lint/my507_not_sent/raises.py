from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.create_index(
        "ix_a_name_of_a_table_that_somebody_has_made_of_far_too_many_long_words",
        "orders",
        ["number"],
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
