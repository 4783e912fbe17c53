"""Renames, a view, and rows of a table of its own that it reads."""

import sqlalchemy as sa
from alembic import op

revision = "s3"
down_revision = "s2"


def upgrade():
    op.rename_table("users", "people")
    op.alter_column("orders", "user_id", new_column_name="person_id",
                    existing_type=sa.Integer, existing_nullable=False)  # fmt: skip
    kinds = op.create_table(
        "kinds", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9))
    )
    op.bulk_insert(kinds, [{"id": 1, "name": "old"}, {"id": 2, "name": "new"}])
    bind = op.get_bind()
    for row in bind.execute(sa.select(kinds).order_by(kinds.c.id)):
        bind.execute(kinds.insert().values(id=row.id + 10, name=row.name[::-1]))
    op.execute("CREATE VIEW everybody AS SELECT id, email FROM people")
    op.execute("DELETE FROM orders WHERE id = 3")


def downgrade():
    op.execute("DROP VIEW everybody")
    op.drop_table("kinds")
    op.alter_column("orders", "person_id", new_column_name="user_id",
                    existing_type=sa.Integer, existing_nullable=False)  # fmt: skip
    op.rename_table("people", "users")
