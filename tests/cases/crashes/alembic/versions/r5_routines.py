"""Views, triggers, routines, and several changes in one ALTER.

Revision ID: r5
"""

from alembic import op

revision = "r5"
down_revision = "r4"


def upgrade():
    op.execute("CREATE VIEW labels AS SELECT id, label FROM people")
    op.execute(
        "CREATE TRIGGER people_insert BEFORE INSERT ON people FOR EACH ROW"
        " SET NEW.email = CONCAT(NEW.label, '@trigger')"
    )
    op.execute("INSERT INTO people (label) VALUES ('triggered')")
    op.execute("CREATE PROCEDURE add_one() INSERT INTO people (label) VALUES ('called')")
    op.execute("CALL add_one()")
    op.execute("ALTER TABLE people ADD COLUMN a INT, ADD COLUMN b INT, ADD INDEX ix_a (a)")
    op.execute("CREATE OR REPLACE VIEW labels AS SELECT id, label, email FROM people")
    op.execute("DROP PROCEDURE add_one")
    op.execute("ALTER TABLE people COMMENT 'who is who'")


def downgrade():
    op.execute("ALTER TABLE people COMMENT ''")
    op.execute("DROP VIEW labels")
    op.execute("DROP TRIGGER people_insert")
    op.execute("DELETE FROM people WHERE label IN ('triggered', 'called')")
    op.execute("ALTER TABLE people DROP INDEX ix_a, DROP COLUMN a, DROP COLUMN b")
