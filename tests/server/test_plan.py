"""`make plan` beside a real server: it begins where that is, and changes nothing there."""

from __future__ import annotations

import re

import sqlalchemy as sa

from tests.support.crashes import contents
from tests.support.projects import UserProject

FIRST = "e3c87c4a7bde"
SECOND = f'''"""more columns"""
import os
import sqlalchemy as sa
from alembic import op

revision, down_revision = "b2", "{FIRST}"


def upgrade() -> None:
    op.add_column("user", sa.Column("age", sa.Integer))
    op.bulk_insert(sa.table("user", sa.column("name"), sa.column("create_time")),
                   [{{"name": "ann", "create_time": "2020-01-01"}}])
    if os.environ.get("CUT"):
        op.execute("SELECT 1")
        os._exit(9)
    op.drop_column("user", "email")


def downgrade() -> None:
    pass
'''


def test_it_begins_where_the_server_is(project: UserProject, database: sa.URL) -> None:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    project.write("alembic/versions/b2.py", SECOND)
    assert project.verb("upgrade", FIRST).code == 0
    before = contents(database)
    answer = project.verb("plan")
    assert answer.code == 0, answer.err
    first, *_ = answer.out.splitlines()
    kind, series = re.findall(r"(mariadb|mysql) (\d+\.\d+)\.\d+", first)[0]
    assert first.startswith(f"{database.database} on 127.0.0.1:{database.port}, {kind} {series}")
    assert first.endswith(f" is at {FIRST}.")
    assert "ALTER TABLE user ADD COLUMN age INTEGER\n        -- user (about 0 rows, " in answer.out
    assert "-- loses data: drops the column user.email and all its values" in answer.out
    assert f"1 revision, 3 statements for {kind} {series}, 1 of which loses data." in answer.out
    assert contents(database) == before


def test_a_half_applied_revision_goes_on_where_it_was(
    project: UserProject, database: sa.URL
) -> None:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    project.write("alembic/versions/b2.py", SECOND)
    assert project.verb("upgrade", CUT="1").code == 9
    before = contents(database)
    answer = project.verb("plan")
    assert "\nThe upgrade of b2 is half-applied.\n" in answer.out
    places = [line.strip() for line in answer.out.splitlines() if "b2.py:" in line]
    # Nobody has seen the end of the first, and the second was not committed.
    assert places == [
        "alembic/versions/b2.py:10: in doubt",
        "alembic/versions/b2.py:11",
        "alembic/versions/b2.py:16",
    ]
    assert contents(database) == before
    assert project.verb("upgrade").code == 0


def test_a_report_has_the_sizes_of_the_database(project: UserProject, database: sa.URL) -> None:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    assert project.verb("upgrade", FIRST).code == 0
    project.write(
        "alembic/versions/b2.py",
        SECOND.partition("def upgrade")[0]
        + "def upgrade() -> None:\n    op.execute('ALTER TABLE user MODIFY id BIGINT NOT NULL')\n",
    )
    report = project.verb("report", "--from", FIRST, "--sizes").out
    assert re.search(r"blocks writes: user \(about 0 rows, .*\)\. When may that happen\?", report)
    assert "-- user (about 0 rows, " in report
    assert f" on 127.0.0.1:{database.port} was asked how large its tables are" in report
    unsized = project.verb("report", "--from", FIRST).out
    assert "`make report sizes=1` asks the database" in unsized
    assert "no database was contacted" in unsized
