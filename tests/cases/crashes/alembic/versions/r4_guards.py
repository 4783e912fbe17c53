"""What migrations in the wild do: guards by reflection, errors that are swallowed, raw
cursors, commits of their own, temporary tables, and session variables.

Revision ID: r4
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "r4"
down_revision = "r3"


def has_column(table, column):
    return column in {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}


def upgrade():
    bind = op.get_bind()
    if not has_column("people", "email"):
        op.add_column("people", sa.Column("email", sa.String(80)))
        op.execute("UPDATE people SET email = CONCAT(label, '@example.org')")
    try:
        op.drop_index("ix_not_there", table_name="people")
    except DBAPIError:
        op.execute("INSERT INTO members (label) VALUES ('no index')")
    op.create_index("ix_not_there", "people", ["email"])
    cursor = bind.connection.cursor()
    cursor.execute("INSERT INTO groups_of_users (name) VALUES ('raw')")
    cursor.execute("INSERT INTO members (group_id, label) VALUES (%s, 'raw')", (cursor.lastrowid,))
    cursor.close()
    op.execute("SET @last = (SELECT MAX(id) FROM groups_of_users)")
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT id, email FROM people WHERE id < 4")
    with op.get_context().autocommit_block():
        op.execute("UPDATE people SET email = CONCAT('auto.', email)")
        op.execute("INSERT INTO members (label) VALUES ('alone')")
    op.execute("DELETE FROM groups_of_users WHERE name = 'last'")
    op.execute("ALTER TABLE members ADD COLUMN note VARCHAR(80)")
    op.execute("UPDATE members SET note = CONCAT('g', @last) WHERE group_id IS NULL")
    op.execute("UPDATE people p JOIN kept k ON k.id = p.id SET p.email = k.email")
    bind.execute(sa.text("INSERT INTO groups_of_users (name) VALUES ('by id')"))
    op.execute("CREATE TABLE marks (id INT PRIMARY KEY AUTO_INCREMENT, group_id INT)")
    op.execute("INSERT INTO marks (group_id) VALUES (@last), (LAST_INSERT_ID())")
    batch = 2
    while True:
        found = bind.execute(
            sa.text("SELECT id FROM members WHERE note IS NULL ORDER BY id LIMIT :batch"),
            {"batch": batch},
        ).scalars().all()  # fmt: skip
        if not found:
            break
        bind.execute(
            sa.text("UPDATE members SET note = 'batch' WHERE id IN :ids").bindparams(
                sa.bindparam("ids", found, expanding=True)
            )
        )
        bind.commit()
    op.execute("SET FOREIGN_KEY_CHECKS = 0")
    op.execute("DROP TABLE marks, members")
    op.execute("SET FOREIGN_KEY_CHECKS = 1")


def downgrade():
    op.execute("CREATE TABLE marks (id INT PRIMARY KEY AUTO_INCREMENT, group_id INT)")
    op.execute("INSERT INTO marks (group_id) SELECT id FROM groups_of_users")
    op.execute("TRUNCATE TABLE marks")
    op.execute("INSERT INTO marks (group_id) VALUES (7)")
    op.execute("RENAME TABLE marks TO marks_old, groups_of_users TO groups_new")
    op.execute("RENAME TABLE groups_new TO groups_of_users")
    op.drop_table("marks_old")
    op.execute(
        "CREATE TABLE members (id INT PRIMARY KEY AUTO_INCREMENT, group_id INT, label VARCHAR(80),"
        " FOREIGN KEY (group_id) REFERENCES groups_of_users (id))"
    )
    op.drop_index("ix_not_there", table_name="people")
    op.drop_column("people", "email")
