import sqlalchemy as sa
from alembic import op

revision = "case"
down_revision = "ground"


def upgrade() -> None:
    columns = [sa.Column(f"c{number}", sa.CHAR(60)) for number in range(140)]
    op.create_table(
        "wide",
        sa.Column("id", sa.Integer, primary_key=True),
        *columns,
        mysql_charset="latin1",
    )


def downgrade() -> None:
    raise NotImplementedError("not needed here")
