"""``make sql``: a script that may be run again, written without a server."""

from __future__ import annotations

import pytest

from tests.support.projects import UserProject

FIRST = "e3c87c4a7bde"
LOOP = f'''"""a loop over rows"""
import os
import sqlalchemy as sa
from alembic import op

revision, down_revision = "c3", "{FIRST}"


def upgrade() -> None:
    op.drop_column("article", "views")
    if os.environ.get("CUT"):
        os._exit(9)
    for row in op.get_bind().execute(sa.text("SELECT id FROM user")):
        op.execute(f"UPDATE user SET email = 'x' WHERE id = {{row.id}}")


def downgrade() -> None:
    pass
'''


def test_a_script_is_guarded_and_commented(project: UserProject) -> None:
    project.replace("alembic.ini", "# target = mariadb 10.11", "target = mysql 8.4")
    answer = project.verb("sql", DB_URL="mysql+pymysql://u:secret@127.0.0.1:1/x")
    assert answer.code == 0, answer.err
    assert answer.err.splitlines()[1] == "From base, for mysql 8.4; from=REV begins elsewhere."
    assert answer.out.startswith(f"-- From base to {FIRST}, for mysql 8.4.\n")
    assert "STRICT_TRANS_TABLES" in answer.out
    calls = [line for line in answer.out.splitlines() if line.startswith("CALL ")]
    assert [line.partition("(")[0] for line in calls] == [
        "CALL stillroom_open",
        "CALL stillroom_revision",
        *["CALL stillroom_table"] * 3,
        "CALL stillroom_done",
        "CALL stillroom_close",
    ]
    place = "-- alembic/versions/2026_11_22_create_user_and_article_e3c87c4a7bde.py:47\n"
    assert f"\n{place}CALL stillroom_table(" in answer.out
    assert "'CREATE INDEX ix_user_email ON user (email)');" in answer.out
    assert "secret" not in answer.out + answer.err


def test_what_is_lost_is_said_beside_the_statement(project: UserProject) -> None:
    code = LOOP.partition("    if os")[0] + "\n\ndef downgrade() -> None: ...\n"
    project.write("alembic/versions/c3.py", code)
    answer = project.verb("sql", "--from", FIRST)
    assert answer.err == f"From {FIRST}, for mariadb 10.11; no database was contacted.\n"
    assert (
        "-- alembic/versions/c3.py:10\n"
        "-- INSTANT, without a lock\n"
        "-- loses data: drops the column article.views and all its values\n"
        "CALL stillroom_table(2, "
    ) in answer.out


def test_nothing_to_come(project: UserProject) -> None:
    answer = project.verb("sql", "--from", FIRST)
    assert (answer.code, answer.out) == (0, "")
    assert "Nothing is to come: no script is needed." in answer.err


def test_what_depends_on_rows_is_refused(project: UserProject) -> None:
    project.write("alembic/versions/c3.py", LOOP)
    answer = project.verb("sql", "--from", FIRST)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[1:] == [
        "alembic/versions/c3.py:13: revision c3 depends on rows, which a script cannot read",
        "    cannot replay `SELECT id FROM user`: it reads rows of user",
        "    Run it with make upgrade instead.",
    ]


@pytest.mark.parametrize("asked", [(), ("base",)])
def test_a_half_applied_revision_has_to_be_finished_first(
    project: UserProject, asked: tuple[str, ...]
) -> None:
    assert project.verb("upgrade", FIRST).code == 0
    code = LOOP.replace("    op.drop_column", "    with op.get_context().autocommit_block():\n"
                        "        op.execute('UPDATE article SET views = 1')\n"
                        "    op.drop_column")  # fmt: skip
    project.write("alembic/versions/c3.py", code)
    assert project.verb("upgrade", CUT="1").code == 9
    answer = project.verb("sql", *asked)
    assert (answer.code, answer.out) == (2, "")
    assert "AP201 the upgrade of revision c3 is half-applied (1 statement is done)" in answer.err
