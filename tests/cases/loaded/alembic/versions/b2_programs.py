"""Views, a trigger, a routine; keys that come and go."""

from alembic import op

revision = "b2"
down_revision = "a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE VIEW a_teams AS SELECT id FROM team")
    op.execute("CREATE VIEW z_names AS SELECT name FROM team")
    op.execute("CREATE OR REPLACE VIEW a_teams AS SELECT * FROM z_names")
    op.execute(
        "CREATE TRIGGER noted AFTER INSERT ON team FOR EACH ROW BEGIN\n"
        "  INSERT INTO log VALUES (NEW.id, ';\n');\n  INSERT INTO log VALUES (NEW.id, '$$');\nEND"
    )
    op.execute("CREATE PROCEDURE nothing() SELECT 1")
    op.create_index("ix_member_note", "member", ["note"], mysql_length=10)
    op.execute("UPDATE team SET kind = 'in' WHERE id = 3")


def downgrade() -> None:
    op.drop_index("ix_member_note", "member")
    op.execute("DROP PROCEDURE nothing")
    op.execute("DROP TRIGGER noted")
    op.execute("DROP VIEW a_teams, z_names")
