"""The sessions of README.md that need a server happen as they are printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.pages import session
from tests.support.projects import ROOT, UserProject

SESSION = list(session((ROOT / "README.md").read_text(encoding="utf-8")))
FILE = "alembic/versions/2026_11_28_count_more_views_4c8bb0b8a1f0.py"
REVISION = '''"""count more views"""

import sqlalchemy as sa
from alembic import op

revision = "4c8bb0b8a1f0"
down_revision = "e3c87c4a7bde"


def upgrade() -> None:
    op.alter_column(
        "article",
        "views",
        existing_type=sa.Integer(),
        type_=sa.BigInteger(),
        existing_comment="浏览次数",
    )
    op.add_column("user", sa.Column("nickname", sa.String(40)))


def downgrade() -> None:
    op.drop_column("user", "nickname")
    op.alter_column("article", "views", existing_type=sa.BigInteger(), type_=sa.Integer())
'''
# What differs from run to run, and from server to server.
VARYING = (
    (r"\w+ on [\d.]+:\d+, (mariadb|mysql) [\d.]+", "SERVER"),
    (r"for (mariadb|mysql) [\d.]+", "TARGET"),
    (r"about [\d,]+ rows, [\d,.]+ \w+", "SIZE"),
    (r"\d+(\.\d)? s\b", "TIME"),
    (r"Makefile:\d+", "LINE"),
    (r"make\[\d+\]:", "make:"),
    (r"( +connection \d+: .* a transaction open for .*\n)+", "HOLDERS\n"),  # others' tests, too
)


def printed(command: str) -> list[str]:
    """What README shows below each call of a command."""
    return [output.strip() for shown, output in SESSION if shown == command]


def settled(text: str) -> str:
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text.strip()


@pytest.fixture
def shop(checkout: UserProject, database: sa.URL) -> UserProject:
    """The sample, with rows in its database and a revision to come."""
    checkout.environment["DB_URL"] = database.render_as_string(hide_password=False)
    assert checkout.verb("upgrade").code == 0
    tables = sa.MetaData()
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        tables.reflect(connection)
        rows = [{"name": f"user {number}", "create_time": datetime.now()} for number in range(2000)]
        connection.execute(tables.tables["user"].insert(), rows)
        rows = [{"uuid": number, "title": "…", "content": "…"} for number in range(2000)]
        connection.execute(tables.tables["article"].insert(), rows)
        connection.exec_driver_sql("ANALYZE TABLE user, article")
    engine.dispose()
    checkout.write(FILE, REVISION)
    return checkout


def test_the_plan_and_the_killed_upgrade(shop: UserProject, database: sa.URL) -> None:
    plan = shop.run("make", "plan")
    assert [settled(plan.out)] == [*map(settled, printed("make plan"))], plan.out + plan.err
    first, second = map(settled, printed("make upgrade"))
    assert settled(killed_while_waiting(shop, database)) == first
    resumed = shop.run("make", "upgrade")
    assert settled(resumed.err) == second, resumed.err


def killed_while_waiting(shop: UserProject, database: sa.URL) -> str:
    """What an upgrade prints that is killed while somebody else's transaction uses the table."""
    engine = sa.create_engine(database)
    with engine.connect() as other:
        other.exec_driver_sql("SELECT COUNT(*) FROM user")
        environment = {**os.environ, **shop.environment}
        with subprocess.Popen(
            ["make", "upgrade"], cwd=shop.root, env=environment, stderr=subprocess.PIPE, text=True
        ) as running:
            assert running.stderr is not None
            lines = []
            for line in running.stderr:
                lines.append(line)
                if "has had a transaction open" in line:
                    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
                    for child in children.read_text().split():
                        os.kill(int(child), signal.SIGKILL)
    engine.dispose()
    return "".join(lines)
