"""What it sees decides what it does, and one statement is expected to fail."""

import sqlalchemy as sa
from alembic import op

revision = "s2"
down_revision = "s1"


def upgrade():
    bind = op.get_bind()
    columns = {column["name"] for column in sa.inspect(bind).get_columns("users")}
    if "email" not in columns:
        op.add_column("users", sa.Column("email", sa.String(80)))
    bind.execute(sa.text("UPDATE users SET email = :mail"), {"mail": "x@example.org"})
    try:
        op.drop_index("ix_missing", table_name="users")
    except sa.exc.DBAPIError:
        op.create_index("ix_users_email", "users", ["email"])
    op.alter_column("users", "name", existing_type=sa.String(60), type_=sa.Text,
                    existing_nullable=False, existing_comment="it's; the \\ name")  # fmt: skip
    op.create_check_constraint("ck_total", "orders", "total >= 0")
    op.execute("ALTER TABLE orders ADD COLUMN a INT, ADD COLUMN b INT, ADD UNIQUE KEY uq (a)")
    op.execute("ALTER TABLE orders COMMENT = 'what users want'")


def downgrade():
    op.execute("ALTER TABLE orders COMMENT = ''")
    op.execute("ALTER TABLE orders DROP INDEX uq, DROP COLUMN a, DROP COLUMN b")
    op.drop_constraint("ck_total", "orders", type_="check")
    op.alter_column("users", "name", existing_type=sa.Text, type_=sa.String(60),
                    existing_nullable=False, existing_comment="it's; the \\ name")  # fmt: skip
    op.drop_column("users", "email")
