"""``make plan``: what is to come, told without a server and without changing anything."""

from __future__ import annotations

import json
import sqlite3

import pytest

from stillroom.apply.server import Server
from stillroom.errors import StillroomError
from stillroom.plan.start import server_target
from tests.support.projects import UserProject

FIRST = "e3c87c4a7bde"
NARROW = f'''"""shorter names, and a column less"""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "b2", "{FIRST}"


def upgrade() -> None:
    op.create_table("note", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Text))
    op.bulk_insert(sa.table("note", sa.column("x")), [{{"x": "a"}}, {{"x": "b"}}, {{"x": "c"}}])
    op.alter_column("user", "name", existing_type=sa.String(255), type_=sa.String(20),
                    existing_nullable=False)
    op.drop_column("article", "views")
    op.execute("DELETE FROM user WHERE id > 7")
    op.drop_table("note")


def downgrade() -> None:
    pass
'''
LOOP = '''"""a loop over rows"""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "c3", "b2"


def upgrade() -> None:
    bind = op.get_bind()
    for row in bind.execute(sa.text("SELECT id FROM user")):
        bind.execute(sa.text("UPDATE user SET email = 'x' WHERE id = :id"), {"id": row.id})
    op.add_column("user", sa.Column("age", sa.Integer))


def downgrade() -> None:
    pass
'''


@pytest.fixture
def planned(project: UserProject) -> UserProject:
    project.write("alembic/versions/b2.py", NARROW)
    return project


def test_statements_with_their_tables_costs_and_losses(planned: UserProject) -> None:
    answer = planned.verb("plan", "--from", FIRST)
    assert answer.code == 0, answer.err
    assert answer.out == (
        f"From {FIRST}, for mariadb 10.11; no database was contacted.\n"
        "\n"
        "[1/1] upgrade b2 shorter names, and a column less\n"
        "    alembic/versions/b2.py:9\n"
        "        CREATE TABLE note (\n"
        "            id INTEGER NOT NULL AUTO_INCREMENT, \n"
        "            x TEXT, \n"
        "            CONSTRAINT pk_note PRIMARY KEY (id)\n"
        "        )\n"
        "        -- note\n"
        "    alembic/versions/b2.py:10\n"
        "        INSERT INTO note (x) VALUES ('a')\n"
        "        and 2 more with other values\n"
        "        -- note\n"
        "    alembic/versions/b2.py:11\n"
        "        ALTER TABLE user MODIFY name VARCHAR(20) NOT NULL\n"
        "        -- user: COPY, blocks writes\n"
        "        -- loses data: narrows user.name from VARCHAR(255) to VARCHAR(20)\n"
        "    alembic/versions/b2.py:13\n"
        "        ALTER TABLE article DROP COLUMN views\n"
        "        -- article: INSTANT, without a lock\n"
        "        -- loses data: drops the column article.views and all its values\n"
        "    alembic/versions/b2.py:14\n"
        "        DELETE FROM user WHERE id > 7\n"
        "        -- user\n"
        "        -- loses data: deletes rows of user\n"
        "    alembic/versions/b2.py:15\n"
        "        DROP TABLE note\n"
        "        -- note\n"
        "\n"
        "1 revision, 8 statements for mariadb 10.11, 3 of which lose data. Nothing was changed.\n"
    )


def test_without_a_server_it_says_what_it_assumes(planned: UserProject) -> None:
    answer = planned.verb("plan", "+1", DB_URL="mysql+pymysql://u:secret@127.0.0.1:1/x")
    assert answer.code == 0, answer.err
    assert answer.out.startswith(
        "No database shows where to begin: 127.0.0.1:1: no server answers: "
    )
    assert "\nFrom base, for mariadb 10.11; from=REV begins elsewhere.\n" in answer.out
    assert f"[1/1] upgrade {FIRST} create user and article\n" in answer.out
    assert "secret" not in answer.out + answer.err


def test_a_missing_file_is_not_created(planned: UserProject) -> None:
    answer = planned.verb("plan")
    assert answer.out.startswith("app.db does not exist yet. From base, for mariadb 10.11.\n")
    assert "[2/2] upgrade b2" in answer.out
    assert not (planned.root / "app.db").exists()


def test_it_begins_where_the_database_is(planned: UserProject) -> None:
    assert planned.verb("upgrade", FIRST).code == 0
    before = unchanged(planned)
    answer = planned.verb("plan")
    assert answer.out.startswith("app.db, sqlite ")
    assert f"is at {FIRST}. The statements are those for mariadb 10.11.\n" in answer.out
    assert "[1/1] upgrade b2" in answer.out
    down = planned.verb("plan", "base")
    assert f"[1/1] downgrade {FIRST}" in down.out
    assert "-- loses data: drops the table user and all its rows" in down.out
    assert planned.verb("plan", "-1").out == down.out
    assert planned.verb("plan", FIRST).out.endswith("\nThere is nothing to run.\n")
    assert unchanged(planned) == before


def unchanged(project: UserProject) -> dict[str, bytes]:
    """All files but the cache of replays."""
    files = project.files().items()
    return {name: content for name, content in files if not name.startswith(".stillroom")}


def test_what_depends_on_rows_is_said(planned: UserProject) -> None:
    planned.write("alembic/versions/c3.py", LOOP)
    answer = planned.verb("plan", "--from", FIRST)
    assert answer.code == 0, answer.err
    assert (
        "[2/2] upgrade c3 a loop over rows\n"
        "    alembic/versions/c3.py:12\n"
        "        ALTER TABLE user ADD COLUMN age INTEGER\n"
        "        -- user: INSTANT, without a lock\n"
        "    What it does depends on rows in the database: alembic/versions/c3.py:10: cannot replay"
        " `SELECT id FROM user`: it reads rows of user\n"
        "    The statements above are what it runs on tables without rows.\n"
    ) in answer.out


def test_what_env_py_makes_importable(planned: UserProject) -> None:
    planned.write("elsewhere/helpers.py", "")
    path = "alembic/versions/b2.py"
    ids = f'revision = "b2"\ndown_revision = "{FIRST}"'
    planned.replace(path, f'revision, down_revision = "b2", "{FIRST}"', f"{ids}\nimport helpers")
    env = planned.read("alembic/env.py")
    planned.write("alembic/env.py", f"import sys\nsys.path.append('elsewhere')\n{env}")
    assert planned.verb("plan", "--from", FIRST).code == 0
    planned.write("alembic/env.py", env)
    answer = planned.verb("plan", "--from", FIRST)
    assert "alembic/versions/b2.py:7: cannot import: No module named 'helpers'" in answer.err


def test_a_revision_marked_as_data_only_is_told(planned: UserProject) -> None:
    marked = "# stillroom: data-only\n" + LOOP.replace(
        '    op.add_column("user", sa.Column("age", sa.Integer))\n', ""
    )
    planned.write("alembic/versions/c3.py", marked)
    answer = planned.verb("plan", "--from", "b2")
    assert answer.code == 0, answer.err
    assert "alembic/versions/c3.py: is marked as data-only, so it is not replayed" in answer.out


def test_what_cannot_be_replayed_ends_the_plan(planned: UserProject) -> None:
    planned.write(
        "alembic/versions/c3.py",
        LOOP.replace("SELECT id FROM user", "SELECT SLEEP(1) FROM nowhere").replace(
            "    bind = op.get_bind()\n", "    bind = op.get_bind()\n    op.execute('SET @a = 1')\n"
            "    op.execute('CREATE TEMPORARY TABLE t AS SELECT 1')\n"
        ),
    )  # fmt: skip
    planned.write(
        "alembic/versions/d4.py", LOOP.replace('"b2"', '"c3"').replace('"c3",', '"d4",', 1)
    )
    answer = planned.verb("plan", "--from", FIRST)
    assert answer.code == 2
    assert "The rest is unknown: alembic/versions/c3.py:11: cannot replay `CREATE TEMP" in (
        answer.out
    )
    assert "upgrade d4" not in answer.out


def test_as_json(planned: UserProject) -> None:
    answer = planned.verb("plan", "--from", FIRST, "--format", "json")
    plan = json.loads(answer.out)
    assert (plan["target"], plan["since"], plan["complete"]) == ("mariadb 10.11", [FIRST], True)
    (revision,) = plan["revisions"]
    assert (revision["revision"], revision["direction"]) == ("b2", "upgrade")
    dropped = revision["statements"][3]
    assert dropped["sql"] == "ALTER TABLE article DROP COLUMN views"
    assert dropped["tables"] == [{"name": "article", "rows": None, "bytes": None}]
    assert dropped["losses"] == ["drops the column article.views and all its values"]


@pytest.mark.parametrize("arguments", [("zz",), ("--from", "zz")])
def test_an_unknown_revision(planned: UserProject, arguments: tuple[str, ...]) -> None:
    answer = planned.verb("plan", *arguments)
    assert answer.code == 2
    assert answer.err == (
        "Can't locate revision identified by 'zz'\n"
        "    `make history` lists the revisions there are.\n"
    )


def test_a_revision_of_the_database_without_a_file(planned: UserProject) -> None:
    assert planned.verb("upgrade", FIRST).code == 0
    with sqlite3.connect(planned.root / "app.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'gone'")
    connection.close()
    answer = planned.verb("plan")
    assert answer.code == 2
    assert "AP106 the database is at revision gone, but there is no file for it here" in answer.err


CUT = """
    with op.get_context().autocommit_block():
        op.execute("UPDATE article SET views = 1")
    import os
    if os.environ.get("CUT"):
        os._exit(9)
    op.execute("UPDATE article SET views = 2")
"""


def test_a_half_applied_revision_is_known(planned: UserProject) -> None:
    assert planned.verb("upgrade", FIRST).code == 0
    whole = NARROW.partition("    op.create_table")
    planned.write("alembic/versions/b2.py", whole[0] + CUT + "\n\ndef downgrade() -> None: ...\n")
    assert planned.verb("upgrade", CUT="1").code == 9
    answer = planned.verb("plan")
    assert answer.out.splitlines()[1] == "The upgrade of b2 is half-applied."
    assert (
        "    alembic/versions/b2.py:11: done\n        UPDATE article SET views = 1\n" in answer.out
    )
    assert "    alembic/versions/b2.py:15\n        UPDATE article SET views = 2\n" in answer.out
    refused = planned.verb("plan", "base")
    assert refused.code == 2
    assert "AP201 the upgrade of revision b2 is half-applied (1 statement is done)" in refused.err
    assert "finish it before you run downgrade base" in refused.err


def test_what_is_sent_as_one(project: UserProject) -> None:
    changes = """    op.alter_column("user", "name", existing_type=sa.Text, type_=sa.String(20))
    op.alter_column("user", "email", existing_type=sa.Text, type_=sa.String(30))
    op.create_index("ix_user_x", "article", ["title"])
"""
    head, _, tail = LOOP.replace('"b2"', f'"{FIRST}"').partition("    bind = op.get_bind()\n")
    project.write(
        "alembic/versions/c3.py", head + changes + tail[tail.index("\n\ndef downgrade") :]
    )
    note = "-- sent as one with the statement above"
    answer = project.verb("plan", "--from", FIRST)
    assert answer.out.count(note) == 1
    assert answer.out.index("MODIFY email") < answer.out.index(note)
    ini = project.root / "alembic.ini"
    ini.write_text(ini.read_text().replace("[stillroom]", "[stillroom]\nmerge = off"))
    assert note not in project.verb("plan", "--from", FIRST).out


def test_the_target_that_a_server_is() -> None:
    assert str(server_target(Server("mariadb", "10.11.19", "shop", 5), "shop")) == "mariadb 10.11"
    with pytest.raises(StillroomError, match=r"^shop: 'mysql 5\.7' is too old"):
        server_target(Server("mysql", "5.7.44", "shop", 5), "shop")
