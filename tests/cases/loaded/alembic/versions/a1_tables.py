"""Tables of several kinds, and rows that a replay knows."""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, comment="名; it's"),
        sa.Column("kind", sa.Enum("in", "out"), server_default="in"),
        comment="a \\ b",
    )
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("team_id", sa.Integer, sa.ForeignKey("team.id")),
        sa.Column("boss_id", sa.BigInteger, sa.ForeignKey("member.id", ondelete="SET NULL")),
        sa.Column("size", sa.Integer, sa.Computed("team_id * 2")),
        sa.Column("made", sa.TIMESTAMP, server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("note", sa.Text),
        sa.UniqueConstraint("id", "team_id"),
        mysql_charset="latin1",
    )
    op.create_table("zero", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("ALTER TABLE zero AUTO_INCREMENT = 500")
    op.execute("CREATE TABLE log (id INT, line VARCHAR(20)) ENGINE=MyISAM")
    team = sa.table("team", sa.column("name"), sa.column("kind"))
    rows = [{"name": f"team\n{number} \\ 'x'", "kind": "out"} for number in range(30)]
    op.bulk_insert(team, [*rows, {"name": "最後", "kind": None}])
    op.execute("INSERT INTO zero () VALUES (), ()")
    op.execute("INSERT INTO log VALUES (1, 'a'), (1, 'a')")


def downgrade() -> None:
    for name in ("log", "zero", "member", "team"):
        op.drop_table(name)
