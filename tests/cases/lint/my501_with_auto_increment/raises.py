from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE log DROP PRIMARY KEY, ADD COLUMN n INT NOT NULL DEFAULT 0, ADD PRIMARY KEY (n)"
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
